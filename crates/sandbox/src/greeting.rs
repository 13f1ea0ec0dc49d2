//! What a started sandbox tells the person at the terminal. Owns no state.

use crate::handle::SandboxHandle;

impl SandboxHandle {
    /// The page's address and the variables that point a bot here, as text for a terminal. It makes a demo bot
    /// account on each network for the tokens it shows.
    #[must_use]
    pub fn greeting(&self) -> String {
        let (telegram, discord) = (self.telegram_token("Demo Bot"), self.discord_token("Demo Bot"));
        format!(
            "The sandbox is ready. Open {url}\n\n\
             Point a bot at it with these variables (any other token of the right shape makes a bot of its own):\n\n  \
             TELEGRAM_TOKEN={telegram}\n  TELEGRAM_API_URL={telegram_url}\n  \
             DISCORD_TOKEN={discord}\n  DISCORD_API_URL={discord_url}\n\n\
             Things to fetch without the Internet stand at {site}\n\n\
             TELEGRAM_API_URL is what stands before /bot<token>, DISCORD_API_URL what stands before /api/v10.\n",
            url = self.url(),
            site = self.site_url(),
            telegram_url = self.telegram_api_url(),
            discord_url = self.discord_api_url(),
        )
    }
}
