//! Properties of the guard over every spelling of an IP address.

use std::net::{Ipv4Addr, Ipv6Addr};

use duologue_web::{Guard, Policy, Refusal, address, not_public};
use proptest::prelude::*;

/// One part of an IPv4 address in the way that browsers read: decimal, hex or octal, with zeros before it.
fn part() -> impl Strategy<Value = fn(u32) -> String> {
    prop_oneof![
        Just((|n| n.to_string()) as fn(u32) -> String),
        Just((|n| format!("0x{n:x}")) as fn(u32) -> String),
        Just((|n| format!("0X{n:X}")) as fn(u32) -> String),
        Just((|n| format!("0x000{n:x}")) as fn(u32) -> String),
        Just((|n| format!("0{n:o}")) as fn(u32) -> String),
        Just((|n| format!("000{n:o}")) as fn(u32) -> String),
    ]
}

/// What a host may still go through before it is read.
fn disguise() -> impl Strategy<Value = fn(&str) -> String> {
    prop_oneof![
        Just((|host: &str| host.to_owned()) as fn(&str) -> String),
        Just((|host: &str| format!("{host}.")) as fn(&str) -> String),
        Just((|host: &str| host.replace('.', "%2e")) as fn(&str) -> String),
        Just((|host: &str| host.replace('.', "。")) as fn(&str) -> String),
        Just((|host: &str| host.bytes().map(|c| format!("%{c:02x}")).collect()) as fn(&str) -> String),
        Just((|host: &str| host.chars().map(wide).collect()) as fn(&str) -> String),
        Just((|host: &str| format!("\u{ad}{host}")) as fn(&str) -> String),
    ]
}

/// The full-width form of a digit.
fn wide(c: char) -> char {
    match c.to_digit(10) {
        Some(digit) => char::from_u32(u32::from('０') + digit).expect("a digit"),
        None => c,
    }
}

/// Public and other addresses, so that both are met often.
fn ipv4() -> impl Strategy<Value = Ipv4Addr> {
    let inside = prop_oneof![
        Just([127, 0, 0, 1]),
        Just([169, 254, 169, 254]),
        Just([10, 1, 2, 3]),
        Just([100, 64, 0, 1]),
        Just([192, 168, 0, 1]),
        Just([0, 0, 0, 0]),
    ];
    prop_oneof![
        inside.prop_map(Ipv4Addr::from),
        any::<u32>().prop_map(Ipv4Addr::from)
    ]
}

fn verdict(host: &str) -> Result<(), Refusal> {
    let url = address(&format!("http://{host}/")).expect("an address");
    Guard::new(Policy::default()).check(&url).map(drop)
}

proptest! {
    #[test]
    fn an_ipv4_address_has_one_verdict_in_all_spellings(
        ip in ipv4(),
        parts in 1_usize..=4,
        forms in prop::array::uniform4(part()),
        disguise in disguise(),
    ) {
        let number = u32::from(ip);
        let octets = ip.octets();
        // The last part holds all the bytes that the others left.
        let mut host: Vec<String> = (0..parts - 1).map(|n| forms[n](octets[n].into())).collect();
        let rest = u64::from(number) & ((1_u64 << (8 * (5 - parts))) - 1);
        host.push(forms[parts - 1](u32::try_from(rest).expect("of 32 bits")));
        let host = disguise(&host.join("."));
        match (not_public(ip.into()), verdict(&host)) {
            (None, Ok(())) => {}
            (Some(expected), Err(Refusal::Address { address, range })) => {
                prop_assert_eq!((address, range), (ip.into(), expected));
            }
            (expected, other) => prop_assert!(false, "{}: {:?} but {:?}", host, expected, other),
        }
    }

    #[test]
    fn an_ipv4_address_within_ipv6_is_never_public(ip in any::<u32>(), form in 0_usize..6, upper: bool) {
        let [high, low] = [(ip >> 16) as u16, (ip & 0xffff) as u16];
        let dotted = Ipv4Addr::from(ip);
        let host = [
            format!("[::ffff:{dotted}]"),
            format!("[::ffff:{high:x}:{low:x}]"),
            format!("[0:0:0:0:0:ffff:{high:04x}:{low:04x}]"),
            format!("[64:ff9b::{dotted}]"),
            format!("[2002:{high:x}:{low:x}::1]"),
            format!("[::{dotted}]"),
        ][form].clone();
        let host = if upper { host.to_uppercase() } else { host };
        let refused = matches!(verdict(&host), Err(Refusal::Address { .. }));
        prop_assert!(refused, "{}", host);
    }

    #[test]
    fn an_ipv6_address_is_public_in_global_unicast_alone(ip in any::<u128>(), pick in any::<bool>()) {
        let ip = Ipv6Addr::from(if pick { ip } else { ip >> 3 | 1 << 125 });
        let public = verdict(&format!("[{ip}]")).is_ok();
        prop_assert!(!public || ip.segments()[0] >> 13 == 1, "{}", ip);
    }

    #[test]
    fn no_text_makes_the_guard_panic_or_let_a_bad_port_or_scheme_through(text in ".{0,80}") {
        if let Ok(url) = address(&text)
            && Guard::new(Policy::default()).check(&url).is_ok()
        {
            prop_assert!(matches!(url.scheme(), "http" | "https"));
            prop_assert!(matches!(url.port_or_known_default(), Some(80 | 443)));
            prop_assert!(url.username().is_empty() && url.password().is_none());
        }
    }
}
