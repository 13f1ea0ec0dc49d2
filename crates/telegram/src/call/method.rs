//! The methods of the Bot API that this crate calls by itself. Pure data.

macro_rules! methods {
    ($($method:ident = $name:literal,)+) => {
        /// A method whose address is prepared.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Method {
            $($method,)+
        }

        impl Method {
            pub(crate) const ALL: &[Self] = &[$(Self::$method,)+];

            /// The name as the Bot API writes it.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$method => $name,)+
                }
            }
        }
    };
}

methods! {
    GetMe = "getMe",
    GetUpdates = "getUpdates",
    GetWebhookInfo = "getWebhookInfo",
    SetWebhook = "setWebhook",
    SendMessage = "sendMessage",
    SendPhoto = "sendPhoto",
    SendVideo = "sendVideo",
    SendAudio = "sendAudio",
    SendDocument = "sendDocument",
    SendAnimation = "sendAnimation",
    SendVoice = "sendVoice",
    SendVideoNote = "sendVideoNote",
    SendSticker = "sendSticker",
    SendMediaGroup = "sendMediaGroup",
    SendChatAction = "sendChatAction",
    SendMessageDraft = "sendMessageDraft",
    EditMessageText = "editMessageText",
    EditMessageCaption = "editMessageCaption",
    EditMessageMedia = "editMessageMedia",
    EditMessageReplyMarkup = "editMessageReplyMarkup",
    DeleteMessage = "deleteMessage",
    SetMessageReaction = "setMessageReaction",
    AnswerCallbackQuery = "answerCallbackQuery",
    GetMyCommands = "getMyCommands",
    SetMyCommands = "setMyCommands",
    DeleteMyCommands = "deleteMyCommands",
    GetFile = "getFile",
    GetChatMember = "getChatMember",
}
