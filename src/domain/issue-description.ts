/** The description of an action item's issue: all that a person who works from Jira needs to know. */

import type { Block, Document, RichText } from "./document.ts";
import { cleanText, oneLine, truncate } from "./text.ts";

export interface DescriptionFacts {
  /** The row's Outcome: how we will know that it is done. */
  readonly outcome: string;
  readonly type?: string | undefined;
  readonly postMortem?: { readonly name: string; readonly url: string } | undefined;
  readonly incident?:
    | {
        readonly name: string;
        readonly number?: number | undefined;
        readonly url: string;
        readonly severity?: string | undefined;
        readonly service?: string | undefined;
      }
    | undefined;
  readonly rowUrl: string;
}

// Jira takes about 32,000 characters; the context below has to fit as well.
const outcomeMax = 20_000;
const namePointsMax = 200;

/**
 * Takes what is known of the item; gives its description. Foreign text becomes plain spans, so nothing in it can
 * become a mention, a link or markup; links lead only to the three addresses that are given as such.
 */
export function issueDescription(facts: DescriptionFacts): Document {
  const { incident, postMortem } = facts;
  const context = [
    incident === undefined
      ? undefined
      : fact("Incident", link(incidentName(incident.name, incident.number), incident.url)),
    labelled("Severity", incident?.severity),
    labelled("Service", incident?.service),
    postMortem === undefined
      ? undefined
      : fact("Post-mortem", link(postMortem.name, postMortem.url)),
    labelled("Type", facts.type),
    fact("Action item", link("Row in Notion", facts.rowUrl)),
  ].filter((block) => block !== undefined);
  return {
    blocks: [
      heading("What done looks like"),
      ...outcomeBlocks(facts.outcome),
      heading("Where this comes from"),
      ...context,
      heading("Kept in step"),
      paragraph(
        "Title, owner, due date, priority and status are kept in step with the row in Notion; change them on either side. Comments stay where they are written.",
      ),
      paragraph(
        "This text follows the row's Outcome until somebody edits it here; from then on it is left alone and a new Outcome arrives as a comment.",
      ),
    ],
  };
}

function outcomeBlocks(outcome: string): Block[] {
  const lines = truncate(cleanText(outcome).trim(), outcomeMax)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.length === 0
    ? [paragraph("Nobody has written this down yet: fill in Outcome in the row in Notion.")]
    : lines.map(paragraph);
}

function incidentName(name: string, number: number | undefined): string {
  const text = shown(name);
  return number === undefined || text.includes(`#${number}`) ? text : `#${number} ${text}`.trim();
}

function heading(text: string): Block {
  return { type: "heading", level: 3, text: [{ text }] };
}

function paragraph(text: string): Block {
  return { type: "paragraph", text: [{ text }] };
}

function labelled(label: string, value: string | undefined): Block | undefined {
  const text = shown(value ?? "");
  return text === "" ? undefined : fact(label, [{ text }]);
}

function fact(label: string, value: RichText): Block {
  return { type: "bullet", text: [{ text: `${label}: `, bold: true }, ...value], children: [] };
}

function link(name: string, url: string): RichText {
  const text = shown(name) === "" ? url : shown(name);
  return [/^https?:\/\/[^\s<>"]+$/i.test(url) ? { text, href: url } : { text }];
}

function shown(text: string): string {
  return oneLine(text, { maxCodePoints: namePointsMax });
}
