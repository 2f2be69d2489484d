/** The facts of each field that is merged as a pair of values: how they are compared, and how each is said on the other side. */

import type { Base, JiraNamed, SideValues } from "./action-item.ts";
import { isNamed, isSatisfied, readStatus, writeStatus } from "./item-status.ts";
import { jiraValues, notionValues } from "./item-values.ts";
import type { Across, FieldFacts, Values } from "./merge-facts.ts";
import { ownerFacts } from "./merge-owner.ts";
import type { MergeInput } from "./merge-plan.ts";
import type { JiraRoute } from "./route.ts";
import { foldedName } from "./status-name.ts";
import { oneLine } from "./text.ts";

/** Takes the two sides; gives the facts of every paired field. */
export function fieldFacts(input: MergeInput): readonly FieldFacts[] {
  const values: Values = { notion: notionValues(input.row), jira: jiraValues(input.issue) };
  return [
    titleFacts(input, values),
    ownerFacts(input, values),
    dueFacts(input, values),
    priorityFacts(input, values),
    statusFacts(input, values),
  ];
}

function titleFacts({ row, issue, base, summary }: MergeInput, values: Values): FieldFacts {
  const [notion, jira, sent] = [values.notion.title, values.jira.title, oneLine(summary)];
  const before = base?.notion.title ?? "";
  return {
    field: "title",
    notion: {
      value: notion,
      shown: row.title.trim(),
      across:
        notion === "" || sent === ""
          ? { unknown: `Name is empty: the issue keeps its summary “${jira}”.` }
          : { value: sent },
    },
    jira: {
      value: jira,
      shown: issue.summary,
      across: jira === "" ? { unknown: "The issue's summary is empty." } : { value: jira },
    },
    corresponds: notion !== "" && sent === jira,
    fresh: (before === notion && sent === jira) || isCutOf(before, jira) ? "same" : "changed",
    unsaid: {
      notion: notion !== sent || (base?.jira.title !== undefined && base.jira.title !== sent),
      jira: false,
    },
  };
}

/** Whether a summary is the title, or its beginning where the title was too long for Jira. */
function isCutOf(title: string, summary: string): boolean {
  return (
    summary === title || (summary.endsWith("…") && title.startsWith(summary.slice(0, -1).trimEnd()))
  );
}

function dueFacts({ base }: MergeInput, values: Values): FieldFacts {
  const [notion, jira] = [values.notion.due, values.jira.due];
  return {
    field: "due",
    notion: { value: notion, shown: notion, across: { value: notion } },
    jira: { value: jira, shown: jira, across: { value: jira } },
    corresponds: notion === jira,
    fresh: freshOf(base, jira, (before) => before.due === jira),
    unsaid: { notion: base?.jira.due !== undefined && base.jira.due !== notion, jira: false },
  };
}

function priorityFacts(input: MergeInput, values: Values): FieldFacts {
  const { issue, base, route, priorities } = input;
  const [notion, jira] = [values.notion.priority, values.jira.priority];
  const shown = issue.priority?.name ?? "";
  function means(name: string, id: string): boolean {
    return priorityMeans(
      name,
      issue.priority?.id === id ? issue.priority : { id, name: "" },
      input,
    );
  }
  const before = base?.notion.priority ?? "";
  const sent = mapped(before, route, priorities)[0];
  const held = base?.jira.priority;
  function freshPriority(): FieldFacts["fresh"] {
    if (before === "") {
      // The row had none: what the issue has, by Jira's default or a person's hand, is news to it.
      return jira === "" ? "same" : "changed";
    }
    return sent === undefined ? "same" : freshOf(base, jira, () => sent?.id === jira);
  }
  return {
    field: "priority",
    notion: { value: notion, shown: notion, across: priorityToJira(notion, shown, input) },
    jira: { value: jira, shown, across: priorityToNotion(issue.priority, route) },
    corresponds: notion === "" ? jira === "" : jira !== "" && means(notion, jira),
    fresh: freshPriority(),
    unsaid: {
      notion: held !== undefined && !means(notion, held),
      jira: before !== "" && sent === undefined,
    },
  };
}

/** Whether a priority of Notion stands for this one; by the site's names where only the id is known. */
function priorityMeans(
  name: string,
  priority: JiraNamed,
  { route, priorities }: MergeInput,
): boolean {
  return (
    mapped(name, route, priorities).some(({ id }) => id === priority.id) ||
    (priority.name !== "" && settingsOf(name, route).some((setting) => isNamed(priority, setting)))
  );
}

function settingsOf(name: string, route: JiraRoute): readonly string[] {
  const options = Object.entries(route.priorities);
  return options.find(([option]) => foldedName(option) === foldedName(name))?.[1] ?? [];
}

/** Jira's priorities that a priority of Notion stands for, in the route's order. */
function mapped(
  name: string,
  route: JiraRoute,
  priorities: readonly JiraNamed[],
): readonly JiraNamed[] {
  return settingsOf(name, route).flatMap((setting) =>
    priorities.filter((priority) => isNamed(priority, setting)),
  );
}

function priorityToJira(name: string, shown: string, { route, priorities }: MergeInput): Across {
  const keeps = shown === "" ? "the issue stays without one" : `the issue keeps ${shown}`;
  if (name === "") {
    return { unknown: `Priority is empty: ${keeps}.` };
  }
  const first = mapped(name, route, priorities)[0];
  return first === undefined
    ? {
        unknown: `Priority ${name} stands for no priority in Jira (map it in debrief.yaml): ${keeps}.`,
      }
    : { value: first.id };
}

function priorityToNotion(priority: JiraNamed | undefined, route: JiraRoute): Across {
  if (priority === undefined) {
    return { unknown: "The issue has no priority: Priority is left as it is." };
  }
  const name = Object.keys(route.priorities).find((each) =>
    settingsOf(each, route).some((setting) => isNamed(priority, setting)),
  );
  return name === undefined
    ? {
        unknown: `Jira's priority ${priority.name} stands for none in Notion (map it in debrief.yaml): Priority is left as it is.`,
      }
    : { value: name };
}

function statusFacts(input: MergeInput, values: Values): FieldFacts {
  const { row, issue, base, route } = input;
  const { statuses } = route;
  const notion = values.notion.status;
  const target = writeStatus(notion, statuses);
  const read = readStatus(issue, statuses);
  const shown =
    issue.resolution === undefined
      ? issue.status.name
      : `${issue.status.name} (${issue.resolution.name})`;
  const before = writeStatus(base?.notion.status ?? "", statuses);
  const needsReason = target?.target.needsReason === true && row.reason.trim() === "";
  return {
    field: "status",
    notion: {
      value: notion,
      shown: notion,
      across:
        target === undefined
          ? { unknown: statusUnknown(notion, issue.status.name) }
          : { value: target.name },
    },
    jira: {
      value: values.jira.status,
      shown,
      across:
        read === undefined
          ? {
              unknown: `Jira's status ${issue.status.name} stands for none in Notion (map it in debrief.yaml): Status is left as it is.`,
            }
          : { value: read },
    },
    corresponds: target !== undefined && isSatisfied(issue, target.target, statuses),
    fresh: freshStatus(input),
    unsaid: {
      notion: notion !== "" && target === undefined,
      jira: (base?.notion.status ?? "") !== "" && before === undefined,
    },
    ...(needsReason
      ? { held: `${notion} needs a Reason before it goes to Jira: fill in Reason.` }
      : {}),
  };
}

function statusUnknown(name: string, issueStatus: string): string {
  return name === ""
    ? `Status is empty: the issue stays ${issueStatus}.`
    : `Status ${name} stands for none in Jira (map it in debrief.yaml): the issue stays ${issueStatus}.`;
}

/**
 * A create sends no status: a new issue stands where its workflow begins, and that is no change of
 * Jira's; anywhere else a person has moved it.
 */
function freshStatus({ issue, base, route }: MergeInput): FieldFacts["fresh"] {
  const name = base?.notion.status ?? "";
  const before = writeStatus(name, route.statuses)?.target;
  if (before === undefined) {
    return name === "" ? "changed" : "same";
  }
  if (issue.status.category === "new") {
    return isSatisfied(issue, before, route.statuses) ? "same" : "unsent";
  }
  return before.category === "new" ? "changed" : "contested";
}

/** An empty value right after the create is one that Jira did not take, not one that a person cleared. */
function freshOf(
  base: Base | undefined,
  jira: string,
  isSame: (before: SideValues) => boolean,
): FieldFacts["fresh"] {
  if (base === undefined || isSame(base.notion)) {
    return "same";
  }
  return jira === "" ? "unsent" : "changed";
}
