/** The small line icons of the board, drawn here so that nothing depends on the fonts of a machine. */

import { html, type Html } from "./html.ts";

const strokes: Readonly<Record<string, string>> = {
  rich_text: "M2 4h12M2 8h12M2 12h7",
  url: "M7 9l3-3M6 7L4 9a2.8 2.8 0 0 0 4 4l1-1M10 9l2-2a2.8 2.8 0 0 0-4-4L7 4",
  select: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.5 7L8 9.5 10.5 7",
  multi_select: "M6 4h8M6 8h8M6 12h8M2 4h1M2 8h1M2 12h1",
  status: "M8 2a6 6 0 1 0 6 6M8 5v3h3",
  date: "M2.5 4h11v9.5h-11zM2.5 7h11M5 2v3M11 2v3",
  number: "M6 2L4.5 14M11.5 2L10 14M2.5 6h11M2.5 10h11",
  people: "M8 2.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM3 14c0-3 2-4.5 5-4.5s5 1.5 5 4.5",
  relation: "M4 12l8-8M6 4h6v6",
  page: "M4 2h5l3 3v9H4zM9 2v3h3M6 8h4M6 11h4",
  table: "M2 3h12v10H2zM2 6.5h12M6 6.5V13",
};

/** An icon by the type of a property, `page` or `table`; a dot for anything else. */
export function icon(name: string): Html {
  const path = strokes[name] ?? "M8 8h.01";
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="${path}" /></svg>`;
}
