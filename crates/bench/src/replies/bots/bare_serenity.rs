//! The baseline on Discord: a bot as serenity's examples write it, without a cache and, because its address is another,
//! without its rate limiter.

use serenity::all::{
    ClientBuilder, Context, CreateInteractionResponse, CreateInteractionResponseMessage, EventHandler,
    GatewayIntents, HttpBuilder, Interaction,
};
use serenity::async_trait;

struct Handler;

#[async_trait]
impl EventHandler for Handler {
    async fn interaction_create(&self, context: Context, interaction: Interaction) {
        let Interaction::Command(command) = interaction else {
            return;
        };
        let content = match command.data.name.as_str() {
            "ping" => "pong",
            _ => "not implemented",
        };
        let message = CreateInteractionResponseMessage::new().content(content);
        let response = CreateInteractionResponse::Message(message);
        if let Err(why) = command.create_response(&context.http, response).await {
            eprintln!("cannot respond to the slash command: {why}");
        }
    }
}

/// Connects and answers.
pub(super) async fn run(url: &str) {
    let http = HttpBuilder::new(super::DISCORD_TOKEN)
        .proxy(url)
        .ratelimiter_disabled(true)
        .build();
    let mut client = ClientBuilder::new_with_http(http, GatewayIntents::empty())
        .event_handler(Handler)
        .await
        .expect("the load server answers");
    if let Err(why) = client.start().await {
        eprintln!("the client ended: {why}");
    }
}
