//! Commands, presses and forms: what comes with a token that must be used to answer it. Owns no state; it enters each
//! into the book of open interactions.

use duologue_core::{CommandCall, CommandInput, EventId, EventKind, MessageId, OptionValue, Other, Press};
use serenity::model::application::{
    CommandDataOption, CommandDataOptionValue, CommandInteraction, ComponentInteraction,
    ComponentInteractionDataKind, Interaction, ModalInteraction,
};
use serenity::model::id::GuildId;
use serenity::model::permissions::Permissions;
use serenity::model::user::User;
use smol_str::{SmolStr, format_smolstr};

use super::{Envelope, Inbound, attachment, person, time_of, unnamed};
use crate::interaction::{Arrived, Origin};

impl Inbound {
    /// What core has a word for, and forms; nothing for the rest.
    pub(super) fn interaction(&self, interaction: &Interaction) -> Option<(Envelope, EventKind)> {
        Some(match interaction {
            Interaction::Command(command) => self.command(command),
            Interaction::Component(component) => self.press(component),
            Interaction::Modal(modal) => self.modal(modal),
            _ => return None,
        })
    }

    fn command(&self, command: &CommandInteraction) -> (Envelope, EventKind) {
        let mut name = SmolStr::new(&command.data.name);
        let mut options = &command.data.options;
        // A subcommand is a longer name.
        while let Some(CommandDataOption { name: sub, value, .. }) = options.first()
            && let CommandDataOptionValue::SubCommand(inner) | CommandDataOptionValue::SubCommandGroup(inner) =
                value
        {
            name = format_smolstr!("{name} {sub}");
            options = inner;
        }
        let reply = self.interactions.arrive(&Arrived {
            id: command.id.get(),
            application: command.application_id.get(),
            token: &command.token,
            channel: command.channel_id.get(),
            origin: Origin::Command,
            ephemeral: self.ephemeral.read().is_ok_and(|names| names.contains(&name)),
        });
        let options = options
            .iter()
            .filter_map(|option| Some((SmolStr::new(&option.name), option_value(option, command)?)));
        let envelope = Envelope {
            id: EventId::number(command.id),
            channel: command.channel_id.get(),
            guild: command.guild_id.map(GuildId::get),
            user: Some(asker(
                &command.user,
                command.member.as_ref().and_then(|member| member.permissions),
                &command.locale,
            )),
            sent: Some(time_of(command.id.get())),
            reply: Some(reply),
        };
        let call = CommandCall {
            name,
            input: CommandInput::Options(options.collect()),
            attachments: Vec::new(),
            message: None,
            replies_to: None,
            group: None,
        };
        (envelope, EventKind::Command(call))
    }

    fn press(&self, component: &ComponentInteraction) -> (Envelope, EventKind) {
        let reply = self.interactions.arrive(&Arrived {
            id: component.id.get(),
            application: component.application_id.get(),
            token: &component.token,
            channel: component.channel_id.get(),
            origin: Origin::Component(Some(component.message.id.get())),
            ephemeral: false,
        });
        let values = match &component.data.kind {
            ComponentInteractionDataKind::StringSelect { values } => {
                values.iter().map(SmolStr::new).collect()
            }
            ComponentInteractionDataKind::UserSelect { values } => numbers(values),
            ComponentInteractionDataKind::RoleSelect { values } => numbers(values),
            ComponentInteractionDataKind::MentionableSelect { values } => numbers(values),
            ComponentInteractionDataKind::ChannelSelect { values } => numbers(values),
            _ => Vec::new(),
        };
        let envelope = Envelope {
            id: EventId::number(component.id),
            channel: component.channel_id.get(),
            guild: component.guild_id.map(GuildId::get),
            user: Some(asker(
                &component.user,
                component.member.as_ref().and_then(|member| member.permissions),
                &component.locale,
            )),
            sent: Some(time_of(component.id.get())),
            reply: Some(reply),
        };
        let press = Press {
            token: SmolStr::new(&component.data.custom_id),
            message: Some(MessageId::number(component.message.id)),
            values,
        };
        (envelope, EventKind::Press(press))
    }

    /// A form has no word in core yet, but it can be answered.
    fn modal(&self, modal: &ModalInteraction) -> (Envelope, EventKind) {
        let reply = self.interactions.arrive(&Arrived {
            id: modal.id.get(),
            application: modal.application_id.get(),
            token: &modal.token,
            channel: modal.channel_id.get(),
            origin: Origin::Other,
            ephemeral: false,
        });
        let envelope = Envelope {
            id: EventId::number(modal.id),
            channel: modal.channel_id.get(),
            guild: modal.guild_id.map(GuildId::get),
            user: Some(asker(
                &modal.user,
                modal.member.as_ref().and_then(|member| member.permissions),
                &modal.locale,
            )),
            sent: Some(time_of(modal.id.get())),
            reply: Some(reply),
        };
        (
            envelope,
            EventKind::Other(Other {
                name: SmolStr::new_static("MODAL_SUBMIT"),
            }),
        )
    }
}

/// Who asks, with what their rights in the channel make of them. In a direct message nobody is a moderator.
fn asker(user: &User, rights: Option<Permissions>, locale: &str) -> duologue_core::User {
    let moderates = rights.is_some_and(|rights| {
        rights
            .intersects(Permissions::MANAGE_MESSAGES | Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR)
    });
    duologue_core::User {
        moderator: Some(moderates),
        ..person(user, Some(locale))
    }
}

fn option_value(option: &CommandDataOption, command: &CommandInteraction) -> Option<OptionValue> {
    Some(match &option.value {
        CommandDataOptionValue::Boolean(yes) => OptionValue::Bool(*yes),
        CommandDataOptionValue::Integer(number) => OptionValue::Integer(*number),
        CommandDataOptionValue::Number(number) => OptionValue::Number(*number),
        CommandDataOptionValue::String(text) => OptionValue::Text(text.clone()),
        CommandDataOptionValue::User(id) => {
            let known = command.data.resolved.users.get(id).map(|user| person(user, None));
            OptionValue::User(known.unwrap_or_else(|| unnamed(id.get())))
        }
        CommandDataOptionValue::Attachment(id) => {
            OptionValue::Attachment(Box::new(attachment(command.data.resolved.attachments.get(id)?)))
        }
        // Ids of things that core has no word for.
        CommandDataOptionValue::Channel(id) => OptionValue::Text(id.to_string()),
        CommandDataOptionValue::Role(id) => OptionValue::Text(id.to_string()),
        CommandDataOptionValue::Mentionable(id) => OptionValue::Text(id.to_string()),
        _ => return None,
    })
}

fn numbers<T: std::fmt::Display>(values: &[T]) -> Vec<SmolStr> {
    values.iter().map(|value| format_smolstr!("{value}")).collect()
}
