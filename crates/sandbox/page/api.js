// The control API, and the stream of changes.

/**
 * A chosen file as it is now. It stands on the disk only, and the browser would read it while it sends: were it written
 * meanwhile, even with the same content, the whole call would break off with no word but that it failed.
 */
async function read(file) {
  try {
    return new File([await file.arrayBuffer()], file.name, { type: file.type });
  } catch {
    throw new Error(`${file.name} changed or went away after it was chosen. Choose it again.`);
  }
}

async function call(method, path, body, files) {
  const init = { method };
  if (files?.length) {
    init.body = new FormData();
    init.body.set("payload", JSON.stringify(body));
    for (const [name, file] of files) init.body.append(name, await read(file), file.name);
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  const response = await fetch(`/control/${path}`, init);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body, files) => call("POST", path, body, files);
export const remove = (path) => call("DELETE", path);

/** Follows the changes. The browser reconnects by itself; every connection begins with `resync`. */
export function follow(onevent, onstate) {
  const source = new EventSource("/control/events");
  source.onopen = () => onstate(true);
  source.onerror = () => onstate(false);
  source.onmessage = (message) => onevent(JSON.parse(message.data));
}
