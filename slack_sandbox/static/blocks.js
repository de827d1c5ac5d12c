// Block Kit as DOM: one function a block type; unknown ones show their name.
import { h } from "./dom.js";
import { element } from "./inputs.js";
import { formatted } from "./dates.js";
import { channelLink, link, mention, mrkdwn, plain } from "./mrkdwn.js";
import { EMOJI } from "./emoji.js";

export function blocks(list, host) {
  return list.map((block) => {
    const node = (DRAW[block.type] ?? unknown)(block, host);
    node.dataset.blockId = block.block_id ?? "";
    return node;
  });
}

const unknown = (block) => h("div", { class: "muted" }, `[${block.type}]`);

export function text(object, host) {
  if (object.type === "mrkdwn") return mrkdwn(object.text, host.world, object);
  return [plain(object.text, object.emoji ?? true)];
}

const section = (block, host) => h("div", { class: "section" },
  h("div", { class: "body" },
    block.text ? h("div", { class: "text" }, text(block.text, host)) : null,
    block.fields ? h("div", { class: "fields" },
      block.fields.map((field) => h("div", { class: "text" }, text(field, host)))) : null),
  block.accessory ? h("div", { class: "accessory" }, part(block.accessory, block, host)) : null);

const part = (item, block, host) =>
  (item.type === "image" ? picture(item, "thumb") : element(item, block, host));

function picture(item, kind) {
  const node = h("img", { alt: item.alt_text, class: kind, src: item.image_url, loading: "lazy" });
  node.addEventListener("error", () =>
    node.replaceWith(h("span", { class: `placeholder ${kind}` }, `🖼 ${item.alt_text}`)));
  return node;
}

const context = (block, host) => h("div", { class: "context" }, block.elements.map((item) =>
  (item.type === "image" ? picture(item, "tiny") : h("span", { class: "text" }, text(item, host)))));

function input(block, host) {
  const error = host.errorOf(block);
  const node = h("div", { class: error ? "field wrong" : "field" },
    h("div", { class: "label" }, plain(block.label.text), block.optional
      ? h("small", {}, " (optional)") : null),
    element(block.element, block, host),
    error ? h("p", { class: "error", role: "alert" }, error) : null,
    block.hint ? h("p", { class: "hint" }, plain(block.hint.text)) : null);
  if (error) for (const event of ["input", "change"]) node.addEventListener(event, () => forgive(node));
  return node;
}

// The complaint goes as soon as the field is changed.
function forgive(node) {
  node.classList.remove("wrong");
  node.querySelector(".error")?.remove();
}

function styled(node, style = {}) {
  const tags = { code: "code", strike: "s", italic: "em", bold: "strong", underline: "u" };
  return Object.entries(tags).reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}

function piece(item, host) {
  switch (item.type) {
    case "text": return styled(item.text, item.style);
    case "link": return styled(link(item.url, item.text ?? item.url, host.world), item.style);
    case "user": return mention(item.user_id, host.world);
    case "usergroup": return h("span", { class: "mention loud" }, `@${item.usergroup_id}`);
    case "channel": return channelLink(item.channel_id, host.world);
    case "broadcast": return h("span", { class: "mention loud" }, `@${item.range}`);
    case "emoji": return EMOJI[item.name] ?? `:${item.name}:`;
    case "date": return formatted(item.format, new Date(item.timestamp * 1000));
    default: return item.value ?? `[${item.type}]`;
  }
}

function rich(item, host) {
  const inner = () => item.elements.map((each) => piece(each, host));
  switch (item.type) {
    case "rich_text_preformatted": return h("pre", {}, inner());
    case "rich_text_quote": return h("blockquote", {}, inner());
    case "rich_text_list": {
      const list = h(item.style === "ordered" ? "ol" : "ul", { start: item.offset ? String(item.offset + 1) : undefined },
        item.elements.map((each) => h("li", {}, each.elements.map((one) => piece(one, host)))));
      list.classList.add(`indent-${item.indent ?? 0}`);
      return list;
    }
    default: return h("div", { class: "text" }, inner());
  }
}

function markdown(block, host) {
  const loose = block.text.replace(/\*\*(.+?)\*\*/g, "*$1*").replace(/^#+ (.*)$/gm, "*$1*")
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, "<$2|$1>").replace(/^[-*] /gm, "• ");
  return h("div", { class: "text" }, mrkdwn(loose, host.world));
}

const table = (block, host) => h("table", {}, block.rows.map((row, index) => h("tr", {},
  row.map((cell) => h(index ? "td" : "th", {}, cell.type === "raw_text"
    ? cell.text : cell.elements.map((item) => rich(item, host)))))));

const DRAW = {
  section, context, input, markdown, table,
  header: (block) => h("h2", { class: "block-header" }, plain(block.text.text, block.text.emoji ?? true)),
  divider: () => h("hr"),
  actions: (block, host) => h("div", { class: "actions" }, block.elements.map((item) => part(item, block, host))),
  image: (block) => h("figure", {}, block.title ? h("figcaption", {}, block.title.text) : null, picture(block, "wide")),
  rich_text: (block, host) => h("div", { class: "rich" }, block.elements.map((item) => rich(item, host))),
  alert: (block, host) => h("div", { class: `alert ${block.level ?? "default"}` }, text(block.text, host)),
};
