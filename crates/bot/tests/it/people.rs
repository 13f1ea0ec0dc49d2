//! People who are more to the bot than one account: linked ones, and its owner.

use duologue_sandbox::{Fault, FaultKind, Network};
use duologue_tests::world::Person;

use crate::shipped::Shipped;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_on_both_networks_has_one_list_of_reminders() {
    let bot = Shipped::start().await;
    let here = bot.person(Network::Telegram, "Anna");
    let there = bot.person(Network::Discord, "Anna B");
    here.call("remind", &[("what", "tomorrow 9:00 feed the bees")], Vec::new());
    here.finds(|message| message.text.contains("I will remind you"))
        .await;
    here.command("link");
    let shown = here.finds(|message| message.text.contains("Your code: ")).await;
    let code: String = shown
        .text
        .split_once("Your code: ")
        .unwrap()
        .1
        .chars()
        .take(9)
        .collect();
    there.command(&format!("link code={code}"));
    there
        .finds(|message| message.text.contains("Anna on Telegram") && !message.buttons.is_empty())
        .await;
    there.press("Link them");
    there
        .finds(|message| message.text.contains("one person now on Discord and Telegram"))
        .await;
    there.command("reminders");
    there
        .finds(|message| message.text.contains("feed the bees"))
        .await;
    there.command("unlink");
    there.finds(|message| message.button("Unlink it").is_some()).await;
    there.press("Unlink it");
    there
        .finds(|message| message.text.contains("stands alone again"))
        .await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_in_the_log_makes_an_owner_once() {
    let mut bot = Shipped::start().await;
    let log = bot.program.logs("in a private chat").await;
    let code: String = log.split_once("`/owner ").unwrap().1.chars().take(14).collect();
    let (anna, ben) = (
        bot.person(Network::Telegram, "Anna"),
        bot.person(Network::Telegram, "Ben"),
    );
    ben.say("/status");
    ben.finds(|message| message.text.contains("for whoever owns me"))
        .await;
    anna.command(&format!("owner {code}"));
    anna.finds(|message| message.text.contains("You own me from now on"))
        .await;
    ben.command(&format!("owner {code}"));
    ben.finds(|message| message.text.contains("Somebody owns me already"))
        .await;
    anna.say("/status");
    anna.finds(|message| message.text.contains("Discord there as @") && message.text.contains(" free"))
        .await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_denied_is_told_so_and_its_people_are_served_in_private() {
    const SERVER: i64 = 100_000_000_000_000_001;
    let config = format!("[access]\ndeny = [\"discord:server:{SERVER}\"]\n");
    let bot = Shipped::start_with(&[], &config).await;
    let discord = bot.sandbox.discord();
    assert_eq!(discord.guild_id(), SERVER);
    let mut anna = bot.person(Network::Discord, "Anna");
    anna.command("ping");
    anna.finds(|message| message.text.contains("not on my list"))
        .await;
    anna.chat = discord
        .dm(discord.bots()[0].id, &discord.user("Anna").unwrap())
        .unwrap();
    anna.command("ping");
    anna.finds(|message| message.text.contains("pong")).await;
    let ben = bot.person(Network::Telegram, "Ben");
    ben.command("ping");
    ben.finds(|message| message.text.contains("pong")).await;
    bot.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broadcast_goes_on_after_a_restart_and_nobody_gets_it_twice() {
    let mut bot = Shipped::start().await;
    let log = bot.program.logs("in a private chat").await;
    let code: String = log.split_once("`/owner ").unwrap().1.chars().take(14).collect();
    let owner = bot.person(Network::Telegram, "Anna");
    owner.command(&format!("owner {code}"));
    owner.finds(|message| message.text.contains("You own me")).await;
    let people: Vec<Person> = (0..12)
        .map(|number| bot.person(Network::Telegram, &format!("Person {number}")))
        .collect();
    for person in &people {
        person.command("roll dice=1");
    }
    for person in &people {
        person.finds(|message| message.text.contains("1 × d6")).await;
    }
    let mut slow = Fault::new(Network::Telegram, FaultKind::Latency { ms: 400 });
    slow.method = Some("sendMessage".to_owned());
    bot.sandbox.faults().add(slow);
    owner.say("/broadcast the bees are back");
    owner
        .finds(|message| message.text.contains("into 13 private chats"))
        .await;
    owner.press("Send it");
    let has_it = |person: &Person| {
        let heard = person.heard();
        heard.iter().filter(|text| *text == "the bees are back").count()
    };
    owner
        .sees(|_| people.iter().map(has_it).sum::<usize>() >= 3)
        .await;
    bot.restart().await;
    let reached = people.iter().map(has_it).sum::<usize>();
    assert!(reached < people.len(), "it was done before the restart");
    bot.sandbox.faults().clear();
    owner
        .finds(|message| message.text.contains("The broadcast is done"))
        .await;
    // Whoever was written to at that very moment may be left out; the others have it, and each once.
    let counts: Vec<usize> = people.iter().map(has_it).collect();
    assert!(counts.iter().all(|count| *count <= 1), "{counts:?}");
    assert!(counts.iter().sum::<usize>() >= people.len() - 1, "{counts:?}");
    owner.say("/status");
    owner.finds(|message| message.text.contains("How I am")).await;
    bot.stop().await;
}
