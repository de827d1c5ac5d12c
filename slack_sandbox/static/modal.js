// The dialog that shows the view on top of the acting person's stack.
import { byId, h, toast } from "./dom.js";
import { blocks, text } from "./blocks.js";
import { plain } from "./mrkdwn.js";

let shown = { id: null, hash: null, errors: null };
let fields = new Map();

export function sync(world, press) {
  const dialog = byId("modal");
  const view = world.view;
  if (!view) {
    if (dialog.open) leave(dialog);
    shown = { id: null };
    return;
  }
  const errors = JSON.stringify(view.errors);
  if (shown.id === view.id && shown.hash === view.hash && shown.errors === errors) return;
  const typed = shown.id === view.id && shown.hash === view.hash ? values() : null;
  const focused = dialog.contains(document.activeElement) ? document.activeElement.closest("[data-action-id]") : null;
  const focus = focused && { block: focused.dataset.blockId, action: focused.dataset.actionId };
  shown = { id: view.id, hash: view.hash, errors };
  draw(dialog, view, world, press, typed);
  if (!dialog.open) dialog.showModal();
  restore(dialog, focus);
}

// Chromium restores the focus on close but not always the caret, so give both anew.
function leave(dialog) {
  dialog.close();
  dialog.replaceChildren();
  document.activeElement?.blur();
  byId("composer").focus();
}

export function values() {
  return Object.fromEntries([...fields].map(([key, field]) => [key, field.read()]));
}

function restore(dialog, focus) {
  const wrong = dialog.querySelector(".wrong input, .wrong textarea, .wrong select");
  const same = focus && dialog.querySelector(
    `[data-block-id="${CSS.escape(focus.block)}"][data-action-id="${CSS.escape(focus.action)}"]`);
  const inside = same?.matches(".external, .ticks, .chips") ? same.querySelector("input, select") : same;
  const first = dialog.querySelector("[autofocus], form input, form textarea, form select");
  (wrong ?? inside ?? first)?.focus();
}

function draw(dialog, view, world, press, typed) {
  fields = new Map();
  const key = (block, item) => `${block.block_id}/${item.action_id}`;
  const host = {
    world,
    held: (block, item) => view.typed[key(block, item)],
    labelOf: (block) => block.label?.text ?? block.text?.text ?? "Choice",
    errorOf: (block) => view.errors[block.block_id],
    register: (block, item, built) => {
      if (item.type !== "button" && item.type !== "overflow") fields.set(key(block, item), built);
    },
    act: async (block, item) => {
      const silent = block.type === "input" && !block.dispatch_action;
      if (silent || !(await confirmDialog(item.confirm, world))) return;
      const value = fields.get(key(block, item))?.read() ?? null;
      await press("choose", { values: values(), field: key(block, item), value });
    },
    suggest: async (block, item, query) =>
      (await press("suggest", { field: key(block, item), query }))?.options ?? [],
  };
  const submit = async (event) => {
    event.preventDefault();
    form.classList.add("busy");
    const answer = await press("submit", { values: values() });
    form.classList.remove("busy");
    if (answer?.error) toast(`The form could not be sent: ${answer.error}`);
  };
  const close = () => press("close", {});
  const form = h("form", { method: "dialog", novalidate: true, onsubmit: submit },
    h("header", {},
      view.depth > 1 ? h("button", { type: "button", class: "quiet", "aria-label": "Back", onclick: close }, "‹") : null,
      h("h2", { id: "modal-title" }, plain(view.title.text)),
      h("button", { type: "button", class: "quiet", "aria-label": "Close", data: { role: "dismiss" }, onclick: close }, "✕")),
    h("div", { class: "sheet" },
      view.errors[""] ? h("p", { class: "error", role: "alert" }, view.errors[""]) : null,
      blocks(view.blocks, host)),
    h("footer", {},
      h("button", { type: "button", class: "button", data: { role: "close" }, onclick: close }, plain(view.close?.text ?? "Cancel")),
      view.submit ? h("button", { type: "submit", class: "button primary", data: { role: "submit" } }, plain(view.submit.text)) : null));
  dialog.replaceChildren(form);
  dialog.oncancel = (event) => { event.preventDefault(); close(); };
  if (typed) keepTyped(dialog, typed);
}

// Errors came back for the same view: leave what stands in the text fields.
function keepTyped(dialog, typed) {
  for (const node of dialog.querySelectorAll("input[data-action-id], textarea[data-action-id]")) {
    const value = typed[`${node.dataset.blockId}/${node.dataset.actionId}`];
    if (typeof value === "string") node.value = value;
  }
}

export function confirmDialog(confirm, world) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const dialog = byId("confirm");
    const end = (answer) => { dialog.close(); resolve(answer); };
    dialog.replaceChildren(h("form", { method: "dialog" },
      h("header", {}, h("h2", { id: "confirm-title" }, plain(confirm.title.text))),
      h("div", { class: "sheet" }, h("p", {}, text(confirm.text, { world }))),
      h("footer", {},
        h("button", { type: "button", class: "button", data: { role: "deny" }, onclick: () => end(false) }, plain(confirm.deny.text)),
        h("button", { type: "button", class: `button ${confirm.style ?? "primary"}`, data: { role: "confirm" },
          onclick: () => end(true) }, plain(confirm.confirm.text)))));
    dialog.oncancel = (event) => { event.preventDefault(); end(false); };
    dialog.showModal();
  });
}
