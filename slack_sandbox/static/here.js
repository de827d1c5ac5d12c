// Where this page stands: who acts, in which channel, at which message, in which thread.

export const here = { user: null, channel: null, thread: null, at: null, editing: null };

export function remember() {
  const at = here.at ? `/p${here.at.replace(".", "")}` : "";
  history.replaceState(null, "", `/archives/${here.channel}${at}?as=${here.user}`);
}

export function fromAddress(address) {
  const url = new URL(address, location.origin);
  const [, channel, digits] = /^\/archives\/(\w+)(?:\/p(\d+))?/.exec(url.pathname) ?? [];
  return { channel, at: digits ? `${digits.slice(0, -6)}.${digits.slice(-6)}` : null,
    user: url.searchParams.get("as"), thread: url.searchParams.get("thread_ts") };
}
