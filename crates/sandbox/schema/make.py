#!/usr/bin/env python3
"""Makes the compact schemas of this folder from the networks' published API descriptions.

Usage: make.py FOLDER

FOLDER holds `telegram-bot-api-10.3.json` and `discord-openapi.json` (see ORIGIN.md). Only what the sandbox
serves is kept, with everything it refers to; descriptions and examples are dropped.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent

TELEGRAM_METHODS = """
getMe getUpdates setWebhook deleteWebhook getWebhookInfo sendMessage sendPhoto sendDocument sendVideo sendAudio
sendVoice sendAnimation sendMediaGroup sendPoll stopPoll sendChatAction sendMessageDraft forwardMessage copyMessage
editMessageText editMessageCaption editMessageReplyMarkup editMessageMedia deleteMessage deleteMessages
answerCallbackQuery setMyCommands getMyCommands deleteMyCommands getFile setMessageReaction getChat
getChatMember getChatMemberCount getChatAdministrators leaveChat sendDice sendLocation pinChatMessage
unpinChatMessage setMyName getMyName setMyDescription getMyDescription setMyShortDescription
getMyShortDescription setChatMenuButton getChatMenuButton createForumTopic logOut close
""".split()

DISCORD_ROUTES = {
    "/applications/@me": ["get"],
    "/applications/{application_id}/commands": ["get", "put", "post"],
    "/applications/{application_id}/commands/{command_id}": ["get", "delete", "patch"],
    "/applications/{application_id}/guilds/{guild_id}/commands": ["get", "put", "post"],
    "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}": ["get", "delete", "patch"],
    "/channels/{channel_id}": ["get"],
    "/channels/{channel_id}/messages": ["get", "post"],
    "/channels/{channel_id}/messages/bulk-delete": ["post"],
    "/channels/{channel_id}/messages/{message_id}": ["get", "delete", "patch"],
    "/channels/{channel_id}/messages/{message_id}/reactions": ["delete"],
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}": ["get", "delete"],
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me": ["put", "delete"],
    "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/{user_id}": ["delete"],
    "/channels/{channel_id}/typing": ["post"],
    "/gateway": ["get"],
    "/gateway/bot": ["get"],
    "/guilds/{guild_id}": ["get"],
    "/guilds/{guild_id}/channels": ["get"],
    "/guilds/{guild_id}/members": ["get"],
    "/guilds/{guild_id}/members/{user_id}": ["get"],
    "/guilds/{guild_id}/roles": ["get"],
    "/interactions/{interaction_id}/{interaction_token}/callback": ["post"],
    "/oauth2/applications/@me": ["get"],
    "/users/@me": ["get"],
    "/users/@me/channels": ["post"],
    "/users/@me/guilds": ["get"],
    "/users/{user_id}": ["get"],
    "/webhooks/{webhook_id}/{webhook_token}": ["post"],
    "/webhooks/{webhook_id}/{webhook_token}/messages/@original": ["get", "delete", "patch"],
    "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": ["get", "delete", "patch"],
}

# What a check of a request needs; everything else (descriptions, titles, formats for people) is dropped.
KEYWORDS = {
    "type", "properties", "required", "items", "enum", "const", "minLength", "maxLength", "minItems", "maxItems",
    "minimum", "maximum", "pattern", "anyOf", "oneOf", "allOf", "$ref", "additionalProperties", "format",
    "uniqueItems",
}


def telegram(folder):
    source = json.loads((folder / "telegram-bot-api-10.3.json").read_text())
    methods, types = {}, {}
    for section in source["items"]:
        for item in section["children"]:
            fields = {f["name"]: [f["type"], int(f["required"])] for f in item["annotations"]}
            (methods if item["category"] == "methods" else types)[item["name"]] = fields
    known = {name: methods[name] for name in TELEGRAM_METHODS}
    kept, open_names = {}, [f[0] for m in known.values() for f in m.values()]
    while open_names:
        for name in open_names.pop().replace("Array of ", "").split(" or "):
            if name in types and name not in kept and name != "InputFile":
                kept[name] = types[name]
                open_names += [f[0] for f in types[name].values()]
    return {"version": source["api"]["version"], "methods": known, "types": kept}


def lean(schema):
    """The schema with the keywords of KEYWORDS alone. Under `properties` every key is a name, not a keyword."""
    if isinstance(schema, list):
        return [lean(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    out = {}
    for key, value in schema.items():
        if key not in KEYWORDS:
            continue
        if key == "properties":
            out[key] = {name: lean(part) for name, part in value.items()}
        elif key in ("required", "enum", "const"):
            out[key] = value
        else:
            out[key] = lean(value)
    for union in ("anyOf", "oneOf"):
        # An enumeration written as one constant per line, each with a title for people.
        parts = out.get(union, [])
        if parts and all(isinstance(part, dict) and "const" in part for part in parts):
            out["enum"] = [part["const"] for part in parts]
            del out[union]
    return out


def references(schema):
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value.rsplit("/", 1)[1]
            else:
                yield from references(value)
    elif isinstance(schema, list):
        for part in schema:
            yield from references(part)


def discord(folder):
    source = json.loads((folder / "discord-openapi.json").read_text())
    routes, kept = {}, {}
    for path, verbs in DISCORD_ROUTES.items():
        for verb in verbs:
            body = source["paths"][path][verb].get("requestBody")
            if body:
                routes[f"{verb.upper()} {path}"] = lean(body["content"]["application/json"]["schema"])
    todo = list(references(routes))
    while todo:
        name = todo.pop()
        if name not in kept:
            kept[name] = lean(source["components"]["schemas"][name])
            todo += references(kept[name])
    return {"version": source["info"]["version"], "routes": routes, "schemas": kept}


def write(name, value):
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    (HERE / name).write_text(text + "\n")
    print(name, len(text))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    write("telegram.json", telegram(folder))
    write("discord.json", discord(folder))


if __name__ == "__main__":
    main()
