//! The ranges of addresses that are not public, as tables. Pure data and one look-up.
//!
//! Sources: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates). In IPv6 only global
//! unicast (2000::/3) is public at all, so what is not in a table is refused by default.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What makes an address not public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Range {
    /// `0.0.0.0/8` and `::`: this host on this network.
    #[error("an unspecified address")]
    Unspecified,
    /// `127.0.0.0/8` and `::1`.
    #[error("a loopback address")]
    Loopback,
    /// `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16`, and `fc00::/7`.
    #[error("a private address")]
    Private,
    /// `100.64.0.0/10`: between a provider and its customers.
    #[error("a shared address")]
    Shared,
    /// `169.254.0.0/16` and `fe80::/10`; the metadata of most clouds is here.
    #[error("a link-local address")]
    LinkLocal,
    /// `fec0::/10`.
    #[error("a site-local address")]
    SiteLocal,
    /// `168.63.129.16`: public in form, but inside Azure it is the host of the machine.
    #[error("an address of a cloud's own services")]
    Cloud,
    /// `192.0.0.0/24` and `2001::/23`, kept for protocols.
    #[error("an address kept for protocols")]
    Protocol,
    /// For examples in texts.
    #[error("an address for documentation")]
    Documentation,
    /// For measurements of devices.
    #[error("an address for benchmarks")]
    Benchmark,
    /// `224.0.0.0/4` and `ff00::/8`.
    #[error("a multicast address")]
    Multicast,
    /// `255.255.255.255`.
    #[error("the broadcast address")]
    Broadcast,
    /// `240.0.0.0/4`, and everything in IPv6 that is not global unicast.
    #[error("a reserved address")]
    Reserved,
    /// `::ffff:0:0/96`: an IPv4 address in IPv6, whichever it is.
    #[error("an IPv4 address mapped into IPv6")]
    Mapped,
    /// `::/96`: the same in an older form.
    #[error("an IPv4-compatible IPv6 address")]
    Compatible,
    /// `64:ff9b::/96` and `64:ff9b:1::/48`: a translator makes IPv4 of it.
    #[error("an address of an IPv4 translator")]
    Nat64,
    /// `2002::/16` and its relays in `192.88.99.0/24`: a tunnel to an IPv4 address.
    #[error("a 6to4 address")]
    SixToFour,
    /// `2001::/32`: a tunnel to an IPv4 address.
    #[error("a Teredo address")]
    Teredo,
}

struct Block<A> {
    base: A,
    /// The number of leading bits that count.
    bits: u32,
    range: Range,
}

const fn v4(base: [u8; 4], bits: u32, range: Range) -> Block<Ipv4Addr> {
    let [a, b, c, d] = base;
    Block {
        base: Ipv4Addr::new(a, b, c, d),
        bits,
        range,
    }
}

const fn v6(base: [u16; 8], bits: u32, range: Range) -> Block<Ipv6Addr> {
    let [a, b, c, d, e, f, g, h] = base;
    Block {
        base: Ipv6Addr::new(a, b, c, d, e, f, g, h),
        bits,
        range,
    }
}

/// The first block that holds an address names it, so the narrow ones stand first.
const V4: &[Block<Ipv4Addr>] = &[
    v4([0, 0, 0, 0], 8, Range::Unspecified),
    v4([10, 0, 0, 0], 8, Range::Private),
    v4([100, 64, 0, 0], 10, Range::Shared),
    v4([127, 0, 0, 0], 8, Range::Loopback),
    v4([168, 63, 129, 16], 32, Range::Cloud),
    v4([169, 254, 0, 0], 16, Range::LinkLocal),
    v4([172, 16, 0, 0], 12, Range::Private),
    v4([192, 0, 0, 0], 24, Range::Protocol),
    v4([192, 0, 2, 0], 24, Range::Documentation),
    v4([192, 88, 99, 0], 24, Range::SixToFour),
    v4([192, 168, 0, 0], 16, Range::Private),
    v4([198, 18, 0, 0], 15, Range::Benchmark),
    v4([198, 51, 100, 0], 24, Range::Documentation),
    v4([203, 0, 113, 0], 24, Range::Documentation),
    v4([224, 0, 0, 0], 4, Range::Multicast),
    v4([255, 255, 255, 255], 32, Range::Broadcast),
    v4([240, 0, 0, 0], 4, Range::Reserved),
];

/// As above. What no block holds and is not global unicast is reserved.
const V6: &[Block<Ipv6Addr>] = &[
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, Range::Unspecified),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, Range::Loopback),
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, Range::Mapped),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, Range::Compatible),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, Range::Nat64),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, Range::Nat64),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, Range::Teredo),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, Range::Benchmark),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Range::Protocol),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, Range::Documentation),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, Range::SixToFour),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Range::Documentation),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, Range::Private),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, Range::LinkLocal),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, Range::SiteLocal),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, Range::Multicast),
];

/// Global unicast.
const V6_PUBLIC: Block<Ipv6Addr> = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, Range::Reserved);

impl Block<Ipv4Addr> {
    fn holds(&self, address: Ipv4Addr) -> bool {
        (u32::from(self.base) ^ u32::from(address)) >> (32 - self.bits) == 0
    }
}

impl Block<Ipv6Addr> {
    fn holds(&self, address: Ipv6Addr) -> bool {
        (u128::from(self.base) ^ u128::from(address)) >> (128 - self.bits) == 0
    }
}

/// What makes an address not public; `None` for a public one.
///
/// IPv6 addresses that hold an IPv4 address are never public, whatever they hold: no public host needs that form.
/// A machine whose only way to IPv4 is a NAT64 translator therefore reaches no host that has IPv4 alone.
///
/// ```
/// use duologue_web::{Range, not_public};
///
/// assert_eq!(not_public("100.100.100.200".parse()?), Some(Range::Shared));
/// assert_eq!(not_public("2606:4700::1111".parse()?), None);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn not_public(address: IpAddr) -> Option<Range> {
    match address {
        IpAddr::V4(address) => V4
            .iter()
            .find(|block| block.holds(address))
            .map(|block| block.range),
        IpAddr::V6(address) => {
            let special = V6
                .iter()
                .find(|block| block.holds(address))
                .map(|block| block.range);
            special.or_else(|| (!V6_PUBLIC.holds(address)).then_some(V6_PUBLIC.range))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str) -> Option<Range> {
        not_public(address.parse().unwrap())
    }

    #[test]
    fn each_range_begins_and_ends_where_it_should() {
        // First and last of the range, and the neighbours that are not in it.
        let table = [
            (
                "0.0.0.0",
                "0.255.255.255",
                Range::Unspecified,
                "1.0.0.0",
                "1.0.0.0",
            ),
            (
                "10.0.0.0",
                "10.255.255.255",
                Range::Private,
                "9.255.255.255",
                "11.0.0.0",
            ),
            (
                "100.64.0.0",
                "100.127.255.255",
                Range::Shared,
                "100.63.255.255",
                "100.128.0.0",
            ),
            (
                "127.0.0.0",
                "127.255.255.255",
                Range::Loopback,
                "126.255.255.255",
                "128.0.0.0",
            ),
            (
                "168.63.129.16",
                "168.63.129.16",
                Range::Cloud,
                "168.63.129.15",
                "168.63.129.17",
            ),
            (
                "169.254.0.0",
                "169.254.255.255",
                Range::LinkLocal,
                "169.253.255.255",
                "169.255.0.0",
            ),
            (
                "172.16.0.0",
                "172.31.255.255",
                Range::Private,
                "172.15.255.255",
                "172.32.0.0",
            ),
            (
                "192.0.0.0",
                "192.0.0.255",
                Range::Protocol,
                "191.255.255.255",
                "192.0.1.0",
            ),
            (
                "192.0.2.0",
                "192.0.2.255",
                Range::Documentation,
                "192.0.1.255",
                "192.0.3.0",
            ),
            (
                "192.88.99.0",
                "192.88.99.255",
                Range::SixToFour,
                "192.88.98.255",
                "192.88.100.0",
            ),
            (
                "192.168.0.0",
                "192.168.255.255",
                Range::Private,
                "192.167.255.255",
                "192.169.0.0",
            ),
            (
                "198.18.0.0",
                "198.19.255.255",
                Range::Benchmark,
                "198.17.255.255",
                "198.20.0.0",
            ),
            (
                "198.51.100.0",
                "198.51.100.255",
                Range::Documentation,
                "198.51.99.255",
                "198.51.101.0",
            ),
            (
                "203.0.113.0",
                "203.0.113.255",
                Range::Documentation,
                "203.0.112.255",
                "203.0.114.0",
            ),
            (
                "224.0.0.0",
                "239.255.255.255",
                Range::Multicast,
                "223.255.255.255",
                "223.255.255.255",
            ),
            (
                "2001:db8::",
                "2001:db8:ffff:ffff::1",
                Range::Documentation,
                "2001:db7::1",
                "2001:db9::1",
            ),
            (
                "2002::",
                "2002:ffff::1",
                Range::SixToFour,
                "2001:ffff::1",
                "2003::1",
            ),
            (
                "2001::",
                "2001:0:ffff::1",
                Range::Teredo,
                "2000::1",
                "2001:200::1",
            ),
            (
                "2001:2::",
                "2001:2:0:ffff::1",
                Range::Benchmark,
                "2000::1",
                "2001:200::1",
            ),
            (
                "3fff::",
                "3fff:fff:ffff::1",
                Range::Documentation,
                "3ffe::1",
                "3fff:1000::1",
            ),
        ];
        for (first, last, range, before, after) in table {
            assert_eq!(
                (check(first), check(last)),
                (Some(range), Some(range)),
                "{first} to {last}"
            );
            assert_eq!((check(before), check(after)), (None, None), "beside {first}");
        }
    }

    #[test]
    fn ipv6_outside_of_global_unicast_is_never_public() {
        let table = [
            ("::", Range::Unspecified),
            ("::1", Range::Loopback),
            ("::2", Range::Compatible),
            ("::ffff:1.1.1.1", Range::Mapped),
            ("::ffff:0:1.1.1.1", Range::Reserved),
            ("64:ff9b::1.1.1.1", Range::Nat64),
            ("64:ff9b:1:ffff::1", Range::Nat64),
            ("100::1", Range::Reserved),
            ("2001:10::1", Range::Protocol),
            ("2001:1ff::1", Range::Protocol),
            ("4000::1", Range::Reserved),
            ("5f00::1", Range::Reserved),
            ("fc00::1", Range::Private),
            ("fd00:ec2::254", Range::Private),
            ("fe80::1", Range::LinkLocal),
            ("febf::1", Range::LinkLocal),
            ("fec0::1", Range::SiteLocal),
            ("ff02::1", Range::Multicast),
        ];
        for (address, range) in table {
            assert_eq!(check(address), Some(range), "{address}");
        }
    }

    #[test]
    fn the_last_sixteenth_of_ipv4_is_reserved() {
        assert_eq!(check("240.0.0.0"), Some(Range::Reserved));
        assert_eq!(check("255.255.255.254"), Some(Range::Reserved));
        assert_eq!(check("255.255.255.255"), Some(Range::Broadcast));
    }

    #[test]
    fn public_addresses_are_public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "93.184.216.34",
            "2606:4700::1111",
            "2a00:1450:4001:81b::200e",
        ] {
            assert_eq!(check(address), None, "{address}");
        }
    }
}
