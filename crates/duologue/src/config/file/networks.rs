//! What the file says of the networks, as it is written. Owns nothing.

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTelegram {
    pub(crate) plain_http: Option<bool>,
    pub(crate) drafts: Option<bool>,
    #[serde(default)]
    pub(crate) webhook: RawWebhook,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWebhook {
    pub(crate) listen: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) max_connections: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDiscord {
    pub(crate) plain_http: Option<bool>,
    pub(crate) interactions: Option<String>,
    #[serde(default)]
    pub(crate) endpoint: RawEndpoint,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEndpoint {
    pub(crate) listen: Option<String>,
    pub(crate) path: Option<String>,
    pub(crate) gateway: Option<bool>,
}
