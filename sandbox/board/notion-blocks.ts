/** Blocks of a Notion page as HTML, in the look of Notion's app. */

import type { BlockView } from "../notion/views-of-world.ts";
import { html, safeHref, type Html } from "./html.ts";
import { icon } from "./icons.ts";

export interface BlockContext {
  /** What a linked view shows in place. */
  readonly view: (view: NonNullable<BlockView["view"]>, title: string) => Html;
}

type Fields = Readonly<Record<string, unknown>>;

/** All blocks of one level; neighbors of a list become one list. */
export function renderBlocks(blocks: readonly BlockView[], context: BlockContext): Html[] {
  const out: Html[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index];
    if (block === undefined) {
      break;
    }
    const list = listTags[block.type];
    if (list === undefined) {
      out.push(renderBlock(block, context));
      continue;
    }
    const run = runOf(blocks, index);
    const items = run.map(
      (item) => html`<li ${mark(item)}>${richText(item)}${inner(item, context)}</li>`,
    );
    out.push(
      list === "ul"
        ? html`<ul>
            ${items}
          </ul>`
        : html`<ol>
            ${items}
          </ol>`,
    );
    index += run.length - 1;
  }
  return out;
}

const listTags: Readonly<Record<string, "ul" | "ol">> = {
  bulleted_list_item: "ul",
  numbered_list_item: "ol",
};

function runOf(blocks: readonly BlockView[], from: number): BlockView[] {
  const type = blocks[from]?.type;
  const end = blocks.findIndex((block, index) => index > from && block.type !== type);
  return blocks.slice(from, end < 0 ? undefined : end);
}

/** Marks a block for the live update, and as a person's when one edited it last. */
function mark(block: BlockView): Html {
  const title = block.byBot ? undefined : `Edited by ${block.editedBy}`;
  return html`data-id="${block.id}"${title === undefined ? "" : html` class="theirs" title="${title}"`}`;
}

function inner(block: BlockView, context: BlockContext): Html | undefined {
  return block.children.length === 0
    ? undefined
    : html`<div class="inner">${renderBlocks(block.children, context)}</div>`;
}

function renderBlock(block: BlockView, context: BlockContext): Html {
  const renderers: Readonly<Record<string, () => Html>> = {
    paragraph: () =>
      html`<div ${mark(block)}>
        <p>${richText(block)}</p>
        ${inner(block, context)}
      </div>`,
    heading_1: () => heading(block, context),
    heading_2: () => heading(block, context),
    heading_3: () => heading(block, context),
    heading_4: () => heading(block, context),
    quote: () =>
      html`<blockquote ${mark(block)}>${richText(block)}${inner(block, context)}</blockquote>`,
    callout: () => callout(block, context),
    toggle: () => toggle(block, richText(block), context),
    to_do: () => toDo(block, context),
    code: () => html`<pre ${mark(block)}><code>${richText(block)}</code></pre>`,
    divider: () => html`<hr />`,
    table: () => table(block),
    child_database: () => childDatabase(block, context),
    child_page: () =>
      html`<p class="link-block" ${mark(block)}>${icon("page")}<u>${block.text}</u></p>`,
    bookmark: () => bookmark(block),
    embed: () => bookmark(block),
  };
  const other = html`<p class="unknown" ${mark(block)}>${block.type.replaceAll("_", " ")}</p>`;
  return renderers[block.type]?.() ?? html`${other}${inner(block, context)}`;
}

function heading(block: BlockView, context: BlockContext): Html {
  const text = richText(block);
  const level = block.type.at(-1);
  const title =
    level === "1"
      ? html`<h2>${text}</h2>`
      : level === "2"
        ? html`<h3>${text}</h3>`
        : html`<h4>${text}</h4>`;
  return block.content["is_toggleable"] === true
    ? toggle(block, title, context)
    : html`<div ${mark(block)}>${title}</div>`;
}

function toggle(block: BlockView, summary: Html, context: BlockContext): Html {
  return html`<details ${mark(block)}>
    <summary>${summary}</summary>
    ${inner(block, context)}
  </details>`;
}

function callout(block: BlockView, context: BlockContext): Html {
  const color = wordIn(block.content["color"], "default");
  return html`<div class="callout bg-${color.replace("_background", "")}" data-id="${block.id}">
    <span class="callout-icon" aria-hidden="true">${emojiOf(block.content["icon"])}</span>
    <div>
      <div ${mark(block)}>${richText(block)}</div>
      ${inner(block, context)}
    </div>
  </div>`;
}

/** The emoji of an icon; a sheet of paper for anything else. */
export function emojiOf(given: unknown): string {
  const emoji = isFields(given) ? given["emoji"] : undefined;
  return typeof emoji === "string" ? emoji : "📄";
}

function toDo(block: BlockView, context: BlockContext): Html {
  const done = block.content["checked"] === true;
  const box = done
    ? html`<input type="checkbox" checked disabled />`
    : html`<input type="checkbox" disabled />`;
  return html`<div class="to-do${done ? " done" : ""}">
    <label ${mark(block)}>${box}<span>${richText(block)}</span></label
    >${inner(block, context)}
  </div>`;
}

function table(block: BlockView): Html {
  const hasHeader = block.content["has_column_header"] === true;
  const [first, ...rest] = block.children;
  const head =
    hasHeader && first !== undefined
      ? html`<thead>
          <tr data-id="${first.id}">
            ${cellsOf(first).map((cell) => html`<th scope="col">${cell}</th>`)}
          </tr>
        </thead>`
      : "";
  const rows = (hasHeader ? rest : block.children).map(
    (row) =>
      html`<tr ${mark(row)}>
        ${cellsOf(row).map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<div class="table-frame">
    <table data-id="${block.id}">
      ${head}
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function cellsOf(row: BlockView): Html[] {
  const { cells } = row.content;
  return Array.isArray(cells)
    ? cells.map((cell) => html`<span class="rich">${renderItems(cell)}</span>`)
    : [];
}

function childDatabase(block: BlockView, context: BlockContext): Html {
  return block.view === undefined
    ? html`<p class="link-block">${icon("table")}<u>${block.text}</u></p>`
    : context.view(block.view, block.text);
}

function bookmark(block: BlockView): Html {
  const { url: given } = block.content;
  const url = typeof given === "string" ? given : "";
  return html`<p class="bookmark" ${mark(block)}>${link(url, url)}</p>`;
}

function richText(block: BlockView): Html {
  return html`<span class="rich">${renderItems(block.content["rich_text"])}</span>`;
}

/** Rich text as the API answers it. */
function renderItems(items: unknown): Html[] {
  return Array.isArray(items) ? items.filter(isFields).map(renderItem) : [];
}

function renderItem(item: Fields): Html {
  const { plain_text } = item;
  const text = typeof plain_text === "string" ? plain_text : "";
  const marks = isFields(item["annotations"]) ? item["annotations"] : {};
  let out = item["type"] === "mention" ? html`<span class="mention">${text}</span>` : html`${text}`;
  if (marks["code"] === true) {
    out = html`<code>${out}</code>`;
  }
  if (marks["bold"] === true) {
    out = html`<strong>${out}</strong>`;
  }
  if (marks["italic"] === true) {
    out = html`<em>${out}</em>`;
  }
  if (marks["strikethrough"] === true) {
    out = html`<s>${out}</s>`;
  }
  const color = wordIn(marks["color"], "default");
  if (color !== "default") {
    out = html`<span class="text-${color}">${out}</span>`;
  }
  return typeof item["href"] === "string" ? link(item["href"], out) : out;
}

function link(url: string, text: Html | string): Html {
  const href = safeHref(url);
  return href === undefined
    ? html`${text}`
    : html`<a href="${href}" target="_blank" rel="noopener noreferrer">${text}</a>`;
}

/** A word that is safe as part of a class name. */
function wordIn(value: unknown, absent: string): string {
  return typeof value === "string" ? value.replace(/[^a-z_]/gu, "") : absent;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
