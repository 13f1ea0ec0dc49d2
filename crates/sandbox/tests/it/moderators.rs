//! Who may moderate, on both networks.

use reqwest::Method;
use serde_json::{Value, json};

use duologue_sandbox::{ActError, Slash};

use crate::support::Bench;

const MANAGE_MESSAGES: u64 = 1 << 13;
const ADMINISTRATOR: u64 = 1 << 3;

fn refused(why: &str) -> Result<(), ActError> {
    Err(ActError::Refused(why.to_owned()))
}

impl Bench {
    async fn standing(&self, chat: i64, user: i64) -> Value {
        let who = json!({ "chat_id": chat, "user_id": user });
        self.ok("getChatMember", who).await
    }
}

#[tokio::test]
async fn every_standing_in_a_group_has_its_status_and_its_fields() {
    let bench = Bench::new().await;
    let telegram = bench.sandbox.telegram();
    let (ada, grace) = (bench.ada(), telegram.user("Grace").unwrap());
    let group = telegram.supergroup("Crowd").unwrap();
    let id = bench.number(&group);
    let owner = bench.standing(id, ada.id).await;
    assert_eq!(
        (&owner["status"], &owner["is_anonymous"]),
        (&json!("creator"), &json!(false))
    );
    let plain = bench.standing(id, grace.id).await;
    assert_eq!(plain["status"], "member");
    assert_eq!(plain["user"]["first_name"], "Grace");
    assert_eq!(bench.standing(id, bench.telegram_bot).await["status"], "member");

    telegram.promote(&group, &grace, true).unwrap();
    let moderator = bench.standing(id, grace.id).await;
    assert_eq!(moderator["status"], "administrator");
    for right in [
        "can_manage_chat",
        "can_delete_messages",
        "can_restrict_members",
        "can_manage_topics",
    ] {
        assert_eq!(moderator[right], true, "{right}");
    }
    for right in ["can_promote_members", "can_be_edited", "is_anonymous"] {
        assert_eq!(moderator[right], false, "{right}");
    }
    assert!(
        moderator.get("can_post_messages").is_none(),
        "that is a right in channels"
    );
    let all = bench.ok("getChatAdministrators", json!({ "chat_id": id })).await;
    let names: Vec<&Value> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["user"]["first_name"])
        .collect();
    assert_eq!(names, ["Ada", "Grace"]);
    assert_eq!(
        bench.sandbox.snapshot(&group).unwrap().chat.moderators,
        [ada.id, grace.id]
    );

    telegram.promote(&group, &grace, false).unwrap();
    assert_eq!(bench.standing(id, grace.id).await["status"], "member");
    telegram.restrict(&group, &grace, true).unwrap();
    let restricted = bench.standing(id, grace.id).await;
    assert_eq!(restricted["status"], "restricted");
    assert_eq!(
        (
            &restricted["is_member"],
            &restricted["can_send_messages"],
            &restricted["until_date"]
        ),
        (&json!(true), &json!(false), &json!(0))
    );
    assert!(grace.send_text(&group, "hello?").is_err());
    telegram.restrict(&group, &grace, false).unwrap();
    telegram.set_member(&group, &grace, false).unwrap();
    assert_eq!(bench.standing(id, grace.id).await["status"], "left");
    assert_eq!(
        telegram.promote(&group, &grace, true),
        refused("only a member can become a moderator")
    );
    telegram.set_member(&group, &grace, true).unwrap();
    telegram.ban(&group, &grace, true).unwrap();
    let banned = bench.standing(id, grace.id).await;
    assert_eq!(
        (&banned["status"], &banned["until_date"]),
        (&json!("kicked"), &json!(0))
    );
    assert!(grace.send_text(&group, "hello?").is_err());
    assert_eq!(
        telegram.set_member(&group, &grace, true),
        refused("the person is banned from this group")
    );
    telegram.ban(&group, &grace, false).unwrap();
    assert_eq!(bench.standing(id, grace.id).await["status"], "left");
}

#[tokio::test]
async fn private_chats_and_basic_groups_have_their_own_rules() {
    let bench = Bench::new().await;
    let telegram = bench.sandbox.telegram();
    let (ada, grace) = (bench.ada(), telegram.user("Grace").unwrap());
    let chat = bench.private();
    // The first person of the sandbox owns its groups, and nothing else.
    assert_eq!(bench.standing(1001, ada.id).await["status"], "member");
    assert_eq!(bench.standing(1001, bench.telegram_bot).await["status"], "member");
    let stranger = json!({ "chat_id": 1001, "user_id": grace.id });
    assert_eq!(
        bench.refused("getChatMember", stranger).await,
        (400, "Bad Request: member not found".to_owned())
    );
    assert_eq!(
        bench
            .refused("getChatAdministrators", json!({ "chat_id": 1001 }))
            .await,
        (
            400,
            "Bad Request: there are no administrators in the private chat".to_owned()
        )
    );
    let nothing = refused("a private chat has no moderators and no members to restrict");
    assert_eq!(telegram.promote(&chat, &ada, true), nothing);
    assert!(bench.sandbox.snapshot(&chat).unwrap().chat.moderators.is_empty());

    let group = telegram.group("Small").unwrap();
    assert_eq!(
        telegram.promote(&group, &ada, false),
        refused("the owner of a group stays its owner")
    );
    assert_eq!(
        telegram.restrict(&group, &grace, true),
        refused("only supergroups know restrictions")
    );
    telegram.promote(&group, &grace, true).unwrap();
    let moderator = bench.standing(bench.number(&group), grace.id).await;
    assert_eq!(moderator["status"], "administrator");
    assert!(
        moderator.get("can_manage_topics").is_none(),
        "basic groups have no topics"
    );
}

#[tokio::test]
async fn bots_hear_of_a_promotion_when_they_ask_for_such_updates() {
    let bench = Bench::new().await;
    let telegram = bench.sandbox.telegram();
    let grace = telegram.user("Grace").unwrap();
    let group = telegram.supergroup("Crowd").unwrap();
    bench
        .ok("getUpdates", json!({ "allowed_updates": ["chat_member"] }))
        .await;
    for on in [true, true, false] {
        telegram.promote(&group, &grace, on).unwrap();
    }
    telegram.ban(&group, &grace, true).unwrap();
    let updates = bench.updates().await;
    let steps: Vec<(&str, &str)> = updates
        .iter()
        .map(|update| {
            let change = &update["chat_member"];
            assert_eq!(change["from"]["first_name"], "Ada");
            (
                change["old_chat_member"]["status"].as_str().unwrap(),
                change["new_chat_member"]["status"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("member", "administrator"),
            ("administrator", "member"),
            ("member", "kicked")
        ]
    );
}

fn permissions(member: &Value) -> u64 {
    member["permissions"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_discord_moderator_may_more_and_events_say_so() {
    let bench = Bench::new().await;
    let (discord, general) = (bench.sandbox.discord(), bench.general());
    let (ada, grace) = (bench.dana(), discord.user("Grace").unwrap());
    bench
        .register(json!({ "name": "clear", "description": "Clear", "default_member_permissions": "8192" }))
        .await;
    bench
        .register(json!({ "name": "ping", "description": "Ping" }))
        .await;
    let mut gateway = bench.gateway().await;
    assert_eq!(
        grace.slash(&general, Slash::new("clear")),
        Err(ActError::Refused("/clear is not for everybody".to_owned()))
    );
    grace.slash(&general, Slash::new("ping")).unwrap();
    let plain = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(permissions(&plain["member"]) & MANAGE_MESSAGES, 0);
    assert_eq!(plain["member"]["roles"], json!([]));

    discord.promote(&grace, true).unwrap();
    let changed = gateway.event("GUILD_MEMBER_UPDATE").await;
    let role = changed["roles"][0].as_str().unwrap().to_owned();
    assert_eq!(changed["user"]["id"], grace.id.to_string());
    grace.slash(&general, Slash::new("clear")).unwrap();
    let moderator = gateway.event("INTERACTION_CREATE").await;
    assert_ne!(permissions(&moderator["member"]) & MANAGE_MESSAGES, 0);
    assert_eq!(permissions(&moderator["member"]) & ADMINISTRATOR, 0);
    grace.send_text(&general, "order!").unwrap();
    let message = gateway.event("MESSAGE_CREATE").await;
    assert_eq!(message["member"]["roles"], json!([role]));
    assert!(
        message["member"].get("permissions").is_none(),
        "a message tells the roles alone"
    );
    let guild = discord.guild_id();
    let (_, roles) = bench
        .dc(Method::GET, &format!("/guilds/{guild}/roles"), None)
        .await;
    let with_id = |role: &&Value, id: &str| role["id"] == id;
    let roles = roles.as_array().unwrap().clone();
    let named = roles.iter().find(|found| with_id(found, &role)).unwrap();
    assert_ne!(permissions(named) & MANAGE_MESSAGES, 0);
    let everyone = roles
        .iter()
        .find(|role| with_id(role, &guild.to_string()))
        .unwrap();
    assert_eq!(permissions(everyone) & MANAGE_MESSAGES, 0);
    assert_eq!(
        bench.sandbox.snapshot(&general).unwrap().chat.moderators,
        [ada.id, grace.id]
    );

    ada.slash(&general, Slash::new("clear")).unwrap();
    let owner = gateway.event("INTERACTION_CREATE").await;
    assert_ne!(permissions(&owner["member"]) & ADMINISTRATOR, 0);
    assert_eq!(
        discord.promote(&ada, false),
        refused("the owner of the guild stays its owner")
    );
    discord.promote(&grace, false).unwrap();
    assert_eq!(gateway.event("GUILD_MEMBER_UPDATE").await["roles"], json!([]));
}

#[tokio::test]
async fn direct_messages_know_no_moderators() {
    let bench = Bench::new().await;
    let discord = bench.sandbox.discord();
    let grace = discord.user("Grace").unwrap();
    discord.promote(&grace, true).unwrap();
    bench
        .register(json!({ "name": "clear", "description": "Clear", "default_member_permissions": 8192 }))
        .await;
    let mut gateway = bench.gateway().await;
    let dm = discord.dm(bench.discord_bot, &grace).unwrap();
    grace.slash(&dm, Slash::new("clear")).unwrap();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert!(event.get("member").is_none());
    assert_eq!(event["user"]["id"], grace.id.to_string());
    assert!(bench.sandbox.snapshot(&dm).unwrap().chat.moderators.is_empty());
}

#[tokio::test]
async fn the_control_api_promotes_on_both_networks() {
    let bench = Bench::new().await;
    let telegram = bench.sandbox.telegram();
    let group = telegram.supergroup("Crowd").unwrap();
    let grace = telegram.user("Grace").unwrap();
    let body = |chat: &str, user: i64| json!({ "chat": chat, "user": user.to_string(), "on": true });
    assert_eq!(bench.control("promote", body(&group.0, grace.id)).await.0, 200);
    assert_eq!(
        bench.standing(bench.number(&group), grace.id).await["status"],
        "administrator"
    );
    let general = bench.general();
    let person = bench.sandbox.discord().user("Grace").unwrap();
    assert_eq!(bench.control("promote", body(&general.0, person.id)).await.0, 200);
    let status = bench.look("status").await;
    let chats = status["chats"].as_array().unwrap();
    let channel = chats
        .iter()
        .find(|chat| chat["key"] == general.0.as_str())
        .unwrap();
    assert_eq!(channel["moderators"][1], person.id.to_string());
    assert_eq!(bench.control("promote", body(&group.0, 1001)).await.0, 422);
}
