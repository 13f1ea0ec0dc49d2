//! What belongs to a person, found among everything else. Owns nothing.

use super::super::{
    Account, Forgotten, Outgoing, PersonId, PersonalData, Scope, StateKey, StoredEvent, StoredTask, button_of,
};
use super::Inner;
use crate::id::{Chat, ChatId, Conversation, NetworkId, Person};
use crate::store::Job;

/// Whose data it is about: a person with all linked accounts, or a chat.
enum About {
    Accounts(Vec<Account>, Option<PersonId>),
    Chat(NetworkId, ChatId),
}

impl Inner {
    pub(super) fn export(&self, person: &Person) -> PersonalData {
        let about = self.about(person);
        let mut data = PersonalData {
            accounts: about.accounts().to_vec(),
            ..PersonalData::default()
        };
        let states = self
            .states
            .iter()
            .filter(|(key, kept)| about.state(key) && kept.value.body.is_some());
        data.states = states
            .map(|(key, kept)| (key.clone(), kept.value.clone()))
            .collect();
        let events = self.inbox.events().filter(|(at, event)| about.event(at, event));
        data.events = events.map(|(at, event)| (at.clone(), event.clone())).collect();
        data.events.sort_by_key(|(_, event)| event.number);
        let dead = self
            .inbox
            .letters()
            .filter(|letter| about.event(&letter.conversation, &letter.event));
        data.dead = dead.cloned().collect();
        data.outgoing = self
            .outbox
            .all()
            .filter(|row| about.outgoing(row))
            .cloned()
            .collect();
        data.jobs = self
            .work
            .all_jobs()
            .filter(|job| about.job(job))
            .cloned()
            .collect();
        data.tasks = self
            .work
            .tasks()
            .into_iter()
            .filter(|task| about.task(task))
            .collect();
        data
    }

    pub(super) fn forget(&mut self, person: &Person) -> Forgotten {
        let about = self.about(person);
        let before = self
            .states
            .values()
            .filter(|kept| kept.value.body.is_some())
            .count();
        self.states.retain(|key, _| !about.state(key));
        let left = self
            .states
            .values()
            .filter(|kept| kept.value.body.is_some())
            .count();
        let (events, dead) = self.inbox.forget(|at, event| about.event(at, event));
        let outgoing = self.outbox.forget(|row| about.outgoing(row));
        let jobs = self.work.forget_jobs(|job| about.job(job));
        let tasks = self.work.forget_tasks(|task| about.task(task));
        let mut accounts = 0;
        for account in about.accounts() {
            accounts += u64::from(self.people.unlink(account, &mut self.states));
            self.people.forget(account);
            let only = button_of(&account.user);
            self.values
                .retain(|key, value| !(key.starts_with("button.") && has(&value.body, only.as_bytes())));
        }
        Forgotten {
            accounts,
            states: (before - left) as u64,
            events,
            dead,
            outgoing,
            jobs,
            tasks,
        }
    }

    fn about(&self, person: &Person) -> About {
        match person {
            Person::User(network, user) => {
                let account = Account {
                    network: *network,
                    user: user.clone(),
                };
                match self.people.of(&account) {
                    Some(person) => About::Accounts(person.accounts, Some(person.id)),
                    None => About::Accounts(vec![account], None),
                }
            }
            Person::Chat(network, chat) => About::Chat(*network, chat.clone()),
        }
    }
}

impl About {
    fn accounts(&self) -> &[Account] {
        match self {
            Self::Accounts(accounts, _) => accounts,
            Self::Chat(..) => &[],
        }
    }

    fn is(&self, network: NetworkId, user: Option<&crate::id::UserId>) -> bool {
        let same = |account: &Account| account.network == network && Some(&account.user) == user;
        self.accounts().iter().any(same)
    }

    fn is_chat(&self, chat: &Chat) -> bool {
        matches!(self, Self::Chat(network, id) if chat.network == *network && chat.id == *id)
    }

    fn is_person(&self, person: &Person) -> bool {
        match person {
            Person::User(network, user) => self.is(*network, Some(user)),
            Person::Chat(network, chat) => {
                matches!(self, Self::Chat(of, id) if of == network && id == chat)
            }
        }
    }

    fn state(&self, key: &StateKey) -> bool {
        match &key.scope {
            Scope::Bot => false,
            Scope::User(network, user) => self.is(*network, Some(user)),
            Scope::Person(id) => matches!(self, Self::Accounts(_, Some(person)) if person == id),
            Scope::Chat(chat) => self.is_chat(chat),
            Scope::UserInChat(chat, user) => self.is_chat(chat) || self.is(chat.network, Some(user)),
        }
    }

    fn event(&self, at: &Conversation, event: &StoredEvent) -> bool {
        let network = at.chat.network;
        self.is_chat(&at.chat) || self.is(network, event.user.as_ref()) || self.is(network, at.user.as_ref())
    }

    fn outgoing(&self, outgoing: &Outgoing) -> bool {
        let ask = &outgoing.ask;
        self.is_chat(&ask.chat) || self.is(ask.chat.network, ask.user.as_ref())
    }

    fn job(&self, job: &Job) -> bool {
        self.is_chat(&job.ask.chat) || self.is_person(&job.ask.person)
    }

    fn task(&self, task: &StoredTask) -> bool {
        self.is_chat(&task.record.chat) || self.is_person(&task.record.person)
    }
}

fn has(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}
