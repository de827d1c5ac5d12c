// What this browser keeps for each person: how far they have read, and what they began to write.

const readKey = (user, channel) => `read/${user}/${channel}`;
const readTo = (user, channel) => Number(localStorage.getItem(readKey(user, channel)) ?? 0);

export const markRead = (user, channel, ts) => {
  if (Number(ts) > readTo(user, channel)) localStorage.setItem(readKey(user, channel), ts);
};
export const isUnread = (user, channel, ts) => Number(ts) > readTo(user, channel);

// How many of a person's notifications they have not seen, in one channel or in all.
export function unseen(person, channel = null) {
  return person.notices.filter((notice) => (channel === null || notice.channel === channel)
    && isUnread(person.id, notice.channel, notice.ts)).length;
}

const draftKey = ({ user, channel, thread }) =>
  `draft/${user}/${channel}${thread ? `/${thread}` : ""}`;

export const draft = (place) => localStorage.getItem(draftKey(place)) ?? "";

export function keepDraft(place, text) {
  if (text.trim()) localStorage.setItem(draftKey(place), text);
  else localStorage.removeItem(draftKey(place));
}
