/**
 * The three-way merge of a row and its issue against the base, field by field. It only plans, and what
 * it plans to overwrite is never lost.
 *
 * ```text
 *                         Jira unchanged     Jira changed
 *   Notion unchanged      nothing            to Notion
 *   Notion changed        to Jira            agree silently, or the winner's; the loser's is kept
 * ```
 */

import type { Base, SyncedField } from "./action-item.ts";
import { writeStatus } from "./item-status.ts";
import { ownersValue } from "./item-values.ts";
import { accountId } from "./keys.ts";
import { decide, isDueAgain, refusedWhy } from "./merge-decide.ts";
import type { FieldFacts } from "./merge-facts.ts";
import { fieldFacts } from "./merge-fields.ts";
import { descriptionRefused, planOutcome } from "./merge-outcome.ts";
import { nextOwners } from "./merge-owner.ts";
import type { IssueChanges, LostValue, MergeInput, MergePlan } from "./merge-plan.ts";
import { differenceRemarks, lostValue, type WriteReason } from "./merge-words.ts";

/** A field's part of the plan. */
interface Part {
  readonly field: SyncedField;
  readonly toJira?: IssueChanges;
  readonly status?: NonNullable<MergePlan["status"]>;
  readonly toNotion?: MergePlan["toNotion"];
  readonly lost?: LostValue;
  readonly remarks: readonly string[];
  /** The halves of the base; Jira's is undefined while nothing is agreed. */
  readonly notion: string;
  readonly jira: string | undefined;
}

/**
 * Takes a row, its issue and what they last agreed on; gives what to write where, what to keep of what
 * is overwritten, and the base once all of it is written. Merging again after that plans nothing.
 */
export function mergeItem(input: MergeInput): MergePlan {
  const parts = fieldFacts(input).map((facts) => planField(facts, input));
  const outcome = planOutcome(input);
  const status = parts.find((part) => part.status !== undefined)?.status;
  return {
    toJira: parts.reduce<IssueChanges>(
      (all, part) => ({ ...all, ...part.toJira }),
      outcome.rewrite ? { description: true } : {},
    ),
    ...(status === undefined ? {} : { status }),
    toNotion: parts.reduce<MergePlan["toNotion"]>(
      (all, part) => ({ ...all, ...part.toNotion }),
      {},
    ),
    lost: parts.flatMap((part) => part.lost ?? []),
    ...(outcome.comment === undefined ? {} : { outcomeComment: outcome.comment }),
    base: baseOf([...parts, { ...outcome, field: "outcome", jira: outcome.jira }], outcome.isJiras),
    remarks: [...new Set([...parts.flatMap((part) => part.remarks), ...outcome.remarks])],
  };
}

/** Takes what was merged, and fields that Jira has refused of it since; gives the sentences that say so. */
export function refusalRemarks(input: MergeInput, fields: readonly SyncedField[]): string[] {
  const { outcome } = input.refused;
  return [
    ...fieldFacts(input)
      .filter(({ field }) => fields.includes(field))
      .flatMap((facts) => differenceRemarks(facts, refusedWhy(facts, input))),
    ...(outcome === undefined || !fields.includes("outcome") ? [] : [descriptionRefused(outcome)]),
  ];
}

function planField(facts: FieldFacts, input: MergeInput): Part {
  const { field, notion, jira } = facts;
  const { base } = input;
  const decision = decide(facts, input);
  const half = base?.jira[field];
  const asItWas = { notion: base?.notion[field] ?? "", jira: half };
  switch (decision.do) {
    case "keep": {
      const remarks = facts.corresponds ? [] : differenceRemarks(facts, refusedWhy(facts, input));
      return { field, notion: notion.value, jira: jira.value, remarks };
    }
    case "hold":
      return { field, ...asItWas, remarks: holdRemarks(facts, input) };
    case "open":
      // Without Jira's half the base has to say that the row's value never was agreed on.
      return {
        field,
        ...(half === undefined ? { notion: "", jira: half } : asItWas),
        remarks: differenceRemarks(facts, undefined),
      };
    case "toJira": {
      const value = "value" in notion.across ? notion.across.value : "";
      const lost = planLost(facts, "jira", decision.reason, input);
      if (field === "status") {
        const status = writeStatus(value, input.route.statuses);
        return { field, ...asItWas, ...lost, ...(status && { status }), remarks: [] };
      }
      const toJira = issueChange(facts, value, input);
      return { field, toJira, ...lost, notion: notion.value, jira: value, remarks: [] };
    }
    case "toNotion":
      return field === "owner"
        ? planOwners(facts, decision.reason, input)
        : planToNotion(facts, decision.reason, input);
  }
}

/** Of a field that flipped too often the row's Sync tells by itself. */
function holdRemarks({ field, held }: FieldFacts, { stopped }: MergeInput): readonly string[] {
  return stopped.has(field) || held === undefined ? [] : [held];
}

function planToNotion(facts: FieldFacts, reason: WriteReason, input: MergeInput): Part {
  const { field, jira } = facts;
  const value = "value" in jira.across ? jira.across.value : "";
  return {
    field,
    toNotion: rowChange(facts, value),
    ...planLost(facts, "notion", reason, input),
    notion: value,
    jira: jira.value,
    remarks: [],
  };
}

function planOwners(facts: FieldFacts, reason: WriteReason, input: MergeInput): Part {
  const { field, notion, jira } = facts;
  const { owners, lost } = nextOwners(input, reason !== "change");
  const isSame = owners.join(" ") === input.row.owners.join(" ");
  const value = ownersValue(owners);
  const coOwners = { ...facts, notion: { ...notion, value } };
  return {
    field,
    ...(isSame ? {} : { toNotion: { owners } }),
    ...(lost === undefined
      ? {}
      : { lost: lostValue(facts, "notion", { reason, input, value: lost }) }),
    notion: value,
    jira: jira.value,
    remarks:
      jira.value === "" && owners.length > 0
        ? differenceRemarks(coOwners, refusedWhy(facts, input))
        : [],
  };
}

/** What is overwritten is kept if both sides changed, or if it never was on the other side. */
function planLost(
  facts: FieldFacts,
  on: "notion" | "jira",
  reason: WriteReason,
  input: MergeInput,
): { readonly lost?: LostValue } {
  if (reason === "change" && on === "jira" && isDueAgain(facts, input)) {
    // What stands at Jira was there before the value that it refused.
    return {};
  }
  const unsaid = facts.unsaid[on] || "unknown" in facts[on].across;
  const isLost =
    facts[on].value !== "" &&
    (reason !== "change" || unsaid || (on === "notion" && refusedWhy(facts, input) !== undefined));
  return isLost ? { lost: lostValue(facts, on, { reason, input }) } : {};
}

function issueChange({ field }: FieldFacts, value: string, input: MergeInput): IssueChanges {
  switch (field) {
    case "title":
      return { summary: input.summary };
    case "owner":
      return { assignee: value === "" ? null : accountId(value) };
    case "due":
      return { due: value === "" ? null : value };
    case "priority":
      return { priorityId: value };
    // Goes by transitions, not by an edit.
    case "status":
      return {};
  }
}

function rowChange({ field }: FieldFacts, value: string): MergePlan["toNotion"] {
  switch (field) {
    case "title":
      return { title: value };
    case "due":
      return { due: value === "" ? null : value };
    case "priority":
      return { priority: value };
    case "status":
      return { status: value };
    // By `planOwners`, which knows their order.
    case "owner":
      return {};
  }
}

function baseOf(
  parts: readonly Pick<Part, "field" | "notion" | "jira">[],
  descriptionIsJiras: boolean,
): Base {
  function half(field: SyncedField): string {
    return parts.find((part) => part.field === field)?.notion ?? "";
  }
  const jira = parts.flatMap(({ field, jira: value }) =>
    value === undefined ? [] : [[field, value] as const],
  );
  return {
    notion: {
      title: half("title"),
      outcome: half("outcome"),
      owner: half("owner"),
      due: half("due"),
      priority: half("priority"),
      status: half("status"),
    },
    jira: Object.fromEntries(jira),
    ...(descriptionIsJiras ? { descriptionIsJiras } : {}),
  };
}
