/** What a page of Notion lacks reads as empty; that must never be taken for what a person did. */

import { TerminalError } from "../domain/errors.ts";

/** Takes the data source's name and a page of it as read. Throws TerminalError NOTION_SCHEMA_CHANGED. */
export function assertComplete(
  label: "Action items" | "Post-mortems",
  { lacks = [] }: { readonly lacks?: readonly string[] },
): void {
  if (lacks.length > 0) {
    const noun = lacks.length === 1 ? "property" : "properties";
    throw new TerminalError(
      "NOTION_SCHEMA_CHANGED",
      `${label} lacks the ${noun} ${lacks.join(", ")}: give back the name and the type, or restore ` +
        "what was removed. Until then nothing is taken from this page.",
    );
  }
}
