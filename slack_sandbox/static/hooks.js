// What pressing on a message does.
import { here } from "./here.js";
import { focusComposer, openThread } from "./going.js";
import { confirmDialog } from "./modal.js";
import { press, server } from "./server.js";

export const repliesTo = (ts) =>
  server.world.open.messages.filter((m) => m.thread_ts === ts && m.ts !== ts);

export function hooks({ inThread = false } = {}) {
  const member = server.world.channels.find(({ id }) => id === here.channel)?.member;
  return {
    host,
    react: member ? (message, name) => press("react", { channel: here.channel, ts: message.ts, name,
      is_there: hasReacted(message, name) }) : null,
    isPinned,
    pin: member ? (message) => press("pin", { channel: here.channel, ts: message.ts,
      is_there: isPinned(message) }) : null,
    shortcuts: server.world.shortcuts,
    shortcut: (message, id) => press("shortcut", { channel: here.channel, ts: message.ts, callback_id: id }),
    countReplies: (ts) => repliesTo(ts).filter((m) => !m.ephemeral).length,
    openThread: inThread ? null : openThread,
    isEdited: (message) => here.editing === message.ts,
    edit: (message, text) => {
      stopEditing();
      if (text.trim()) press("edit", { channel: here.channel, ts: message.ts, text: text.trim() });
    },
    stopEditing,
  };
}

const isPinned = (message) => server.world.open.pins.some(({ ts }) => ts === message.ts);

const hasReacted = (message, name) =>
  Boolean(message.reactions?.find((each) => each.name === name)?.users.includes(here.user));

function stopEditing() {
  here.editing = null;
  server.drawn();
  focusComposer();
}

// The newest message of the acting person in the channel, or in the open thread.
export function editLast(thread) {
  const own = server.world.open.messages.filter((m) => m.user === here.user && !m.subtype && !m.ephemeral
    && (thread ? m.thread_ts === thread || m.ts === thread : !m.thread_ts || m.thread_ts === m.ts || m.broadcast));
  if (!own.length) return;
  here.editing = own.at(-1).ts;
  server.drawn();
  const field = document.querySelector(`${thread ? "#replies" : "#messages"} .editing textarea`);
  field?.focus();
  field?.scrollIntoView({ block: "nearest" });
}

function host(message) {
  const read = new Map();
  return {
    world: server.world,
    held: (block, item) => ({ selected_option: item.initial_option, selected_options: item.initial_options,
      selected_user: item.initial_user, selected_date: item.initial_date }),
    labelOf: (block) => block.text?.text ?? "Choice",
    errorOf: () => undefined,
    register: (block, item, built) => { read.set(item, built); },
    act: async (block, item) => {
      const value = read.get(item).read();
      if (!(await confirmDialog(item.confirm, server.world))) return;
      const node = read.get(item).node;
      node.classList.add("busy");
      await press("click", { channel: message.channel ?? here.channel, ts: message.ts,
        action_id: item.action_id, block_id: block.block_id, value });
      node.classList.remove("busy");
    },
    suggest: async () => [],
  };
}
