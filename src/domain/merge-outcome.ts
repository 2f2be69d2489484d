/**
 * Outcome and description: goes one way only. The description is rewritten while it still is what we
 * wrote; once a person has edited it in Jira it is Jira's for good, and a new Outcome goes there as a
 * comment. So no route's choice of a winner applies.
 */

import type { Base } from "./action-item.ts";
import { fingerprint } from "./fingerprint.ts";
import { textValue } from "./item-values.ts";
import type { MergeInput, MergePlan, Refusal } from "./merge-plan.ts";
import { refusedRemark } from "./merge-words.ts";

export interface OutcomePlan {
  readonly rewrite: boolean;
  readonly comment?: NonNullable<MergePlan["outcomeComment"]>;
  /** The outcome's halves of the base; Jira's is absent while nothing is agreed. */
  readonly notion: string;
  readonly jira?: string;
  readonly isJiras: boolean;
  readonly remarks: readonly string[];
}

/** Takes the two sides; gives what becomes of the description. */
export function planOutcome(input: MergeInput): OutcomePlan {
  const { row, issue, base, description, stopped, refused } = input;
  const outcome = textValue(row.outcome);
  const held = textValue(issue.description);
  const wanted = textValue(description);
  const isChanged = outcome !== (base?.notion.outcome ?? "");
  if (stopped.has("outcome")) {
    return leftAlone(base);
  }
  const plain = { rewrite: false, notion: outcome, jira: held, isJiras: false, remarks: [] };
  if (base?.descriptionIsJiras === true) {
    return { ...plain, isJiras: true, ...commentOf(input, isChanged) };
  }
  if (held === wanted) {
    return plain;
  }
  // Right after the create an empty description is one that Jira did not take.
  const isOurs = held === base?.jira.outcome || (base?.jira.outcome === undefined && held === "");
  if (!isOurs) {
    return { ...plain, isJiras: true, ...commentOf(input, isChanged) };
  }
  const refusal = refused.outcome?.value === wanted ? refused.outcome : undefined;
  if (refusal !== undefined && refusal.isDue !== true) {
    return { ...plain, remarks: [descriptionRefused(refusal)] };
  }
  if (!isChanged && base?.jira.outcome !== undefined && refusal === undefined) {
    return plain;
  }
  return { ...plain, rewrite: true, jira: wanted };
}

/** Says that Jira refused the description. */
export function descriptionRefused({ why }: Refusal): string {
  return refusedRemark("the description", "", why);
}

function leftAlone(base: Base | undefined): OutcomePlan {
  const half = base?.jira.outcome;
  return {
    rewrite: false,
    notion: base?.notion.outcome ?? "",
    ...(half === undefined ? {} : { jira: half }),
    isJiras: base?.descriptionIsJiras === true,
    remarks: [],
  };
}

function commentOf({ row, base }: MergeInput, isChanged: boolean): Pick<OutcomePlan, "comment"> {
  const text = row.outcome.trim();
  return isChanged && text !== ""
    ? {
        comment: {
          text: `Outcome in Notion: ${text}`,
          marker: fingerprint([row.id, "outcome", base?.notion.outcome ?? "", textValue(text)]),
        },
      }
    : {};
}
