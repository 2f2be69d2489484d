/** HTML that is escaped unless it was made here: text from anywhere cannot become markup. */

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

/** A template whose values are escaped; `Html` values and arrays of them are taken as they are. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  const parts = strings.map((piece, index) => piece + render(values[index]));
  return { html: parts.join("") };
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) {
    return "";
  }
  if (typeof part === "string" || typeof part === "number") {
    return escapeHtml(String(part));
  }
  return "html" in part ? part.html : part.map(render).join("");
}

/** Safe in text and in quoted attributes. */
function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** The address if a browser may follow it; anything but web and mail addresses is dropped. */
export function safeHref(url: string): string | undefined {
  return /^(?:https?:\/\/|mailto:)/iu.test(url) && URL.canParse(url) ? url : undefined;
}

/** Up to two initials. */
function initials(name: string): string {
  const words = name.split(/\s+/u).filter((word) => word !== "");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 32)).join("");
}

/** A person as a round badge with the name beside it. */
export function person(name: string): Html {
  return html`<span class="person"
    ><span class="avatar" aria-hidden="true">${initials(name)}</span>${name}</span
  >`;
}
