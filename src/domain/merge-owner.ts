/**
 * Owner and assignee: several people on one side and at most one on the other, each of whom the other
 * side may not know. Nobody is taken out of Owner but the one who was the assignee.
 */

import { accountId, type AccountId, type NotionUserId } from "./keys.ts";
import { ownersOf } from "./item-values.ts";
import type { Across, FieldFacts, Values } from "./merge-facts.ts";
import type { MergeInput } from "./merge-plan.ts";

/** Takes the two sides; gives the facts of the owner. */
export function ownerFacts(input: MergeInput, values: Values): FieldFacts {
  const { row, issue, base } = input;
  const { assignee } = issue;
  const before = ownersOf(base?.notion.owner ?? "");
  return {
    field: "owner",
    notion: {
      value: values.notion.owner,
      shown: row.owners.map((owner) => nameOf(owner, input)).join(", "),
      across: ownersToJira(input),
    },
    jira: {
      value: values.jira.owner,
      shown: assignee?.name ?? "",
      across: assigneeToNotion(input),
    },
    corresponds: assignee === undefined ? row.owners.length === 0 : isAmong(row.owners, input),
    fresh: freshOwner(input, before),
    unsaid: {
      // Who is replaced is known only once the new owners are: see `nextOwners`.
      notion: false,
      jira: isUnsaid(input, before),
    },
  };
}

/** Whether Jira's assignee was not one of the owners; of several, the base alone does not tell which was sent. */
function isUnsaid({ base, people }: MergeInput, before: readonly NotionUserId[]): boolean {
  const { assignee } = people;
  if (before.length === 0 || assignee === undefined) {
    return false;
  }
  return !before.includes(assignee) || (base?.jira.owner === undefined && before.length > 1);
}

function isAmong(owners: readonly NotionUserId[], { issue, people }: MergeInput): boolean {
  return owners.some(
    (owner) =>
      owner === people.assignee || people.accounts.get(owner) === issue.assignee?.accountId,
  );
}

function freshOwner(input: MergeInput, before: readonly NotionUserId[]): FieldFacts["fresh"] {
  if (input.issue.assignee === undefined) {
    return before.length === 0 ? "same" : "unsent";
  }
  return isAmong(before, input) ? "same" : "changed";
}

function ownersToJira(input: MergeInput): Across {
  const { row, issue, people } = input;
  if (row.owners.length === 0) {
    const across = assigneeToNotion(input);
    return "unknown" in across ? across : { value: "" };
  }
  const account = firstAccount(row.owners, input)?.account;
  if (account !== undefined) {
    return { value: account };
  }
  const why = row.owners.map((owner) => {
    const known = people.accounts.get(owner);
    return `${nameOf(owner, input)} can't be assigned in Jira (${typeof known === "object" ? known.why : "no Jira account"})`;
  });
  const stays =
    issue.assignee === undefined
      ? "the issue stays unassigned"
      : `the issue stays with ${issue.assignee.name}`;
  return { unknown: `Owner ${why.join(", ")}: ${stays}.` };
}

function assigneeToNotion({ issue, people }: MergeInput): Across {
  if (issue.assignee === undefined) {
    return { value: "" };
  }
  return people.assignee === undefined
    ? {
        unknown: `Jira's assignee ${issue.assignee.name} is not known in Notion: Owner is left as it is.`,
      }
    : { value: people.assignee };
}

function firstAccount(
  owners: readonly NotionUserId[],
  { people }: MergeInput,
): { readonly owner: NotionUserId; readonly account: AccountId } | undefined {
  for (const owner of owners) {
    const account = people.accounts.get(owner);
    if (typeof account === "string") {
      return { owner, account: accountId(account) };
    }
  }
  return undefined;
}

function nameOf(owner: NotionUserId, { people }: MergeInput): string {
  return people.names.get(owner) ?? `Notion user ${owner}`;
}

/** Owner as Jira's assignee makes it. */
export interface NextOwners {
  readonly owners: readonly NotionUserId[];
  /** Who is no longer an owner although Owner was changed as well, by name. */
  readonly lost?: string;
}

/**
 * Takes the two sides, and whether Notion's owners are no older than Jira's assignee (both changed, or
 * first agreement); gives the owners with the assignee in front. The former assignee leaves; where
 * Notion has named another one since, that one leaves. Everyone else stays.
 */
export function nextOwners(input: MergeInput, isContested: boolean): NextOwners {
  const { row, base, people } = input;
  const former = formerAssignee(input);
  const before = ownersOf(base?.notion.owner ?? "");
  const named = row.owners.filter((owner) => !before.includes(owner));
  const contested = isContested ? firstAccount(named, input)?.owner : undefined;
  const assignee = people.assignee;
  const replaced = former ?? contested;
  if (assignee !== undefined && row.owners.includes(assignee)) {
    return { owners: [assignee, ...row.owners.filter((owner) => owner !== assignee)] };
  }
  const staying = row.owners.filter((owner) => owner !== replaced);
  const owners = assignee === undefined ? staying : [assignee, ...staying];
  return replaced === undefined || !isContested
    ? { owners }
    : { owners, lost: nameOf(replaced, input) };
}

/** The owner who was the assignee when both sides last agreed. */
function formerAssignee({ row, base, people }: MergeInput): NotionUserId | undefined {
  const account = base?.jira.owner ?? "";
  return account === ""
    ? undefined
    : row.owners.find((owner) => people.accounts.get(owner) === account);
}
