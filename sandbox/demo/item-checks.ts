/** What has to stand in the sandbox once every action item of the demo is closed: rows and issues that say the same. */

import type { IssueView } from "../jira/views-of-world.ts";
import type { PageView } from "../notion/views-of-world.ts";
import { equal, type Check } from "./checks.ts";
import { betterTitle, dues, itemTitles } from "./items-story.ts";

export interface PlayedItems {
  /** The post-mortem's page. */
  readonly page: PageView | undefined;
  /** Its live rows. */
  readonly rows: readonly PageView[];
  /** Every issue of the site. */
  readonly issues: readonly IssueView[];
}

/** Takes the rows and all issues. The people of Acme have the same names on both sides. */
export function checkItems({ page, rows, issues }: PlayedItems): Check[] {
  const pairs = rows.map((row) => ({ row, issue: issueNamed(row, issues) }));
  const titles = [betterTitle, itemTitles.alert, itemTitles.rehearse];
  return [
    equal(
      "every action item is a row, the typed line too",
      rows.map(({ title }) => title),
      titles,
    ),
    equal(
      "each row has exactly one issue, and its link",
      issues.map(({ key }) => key),
      pairs.map(({ issue }) => issue?.key),
    ),
    same(
      "title and summary are equal",
      pairs,
      (row) => row.title,
      (issue) => issue.summary,
    ),
    same("owner and assignee are equal", pairs, ownersOf, (issue) => [issue.assignee?.name]),
    same(
      "the due dates are equal",
      pairs,
      (row) => row.properties["Due"],
      (issue) => issue.duedate,
    ),
    equal(
      "and are those that people set last",
      pairs.map(({ issue }) => issue?.duedate),
      [dues.cap, dues.alert, dues.rehearse],
    ),
    equal("the first one's priority came along", issues[0]?.priority, "High"),
    equal("the first one's owner is who Jira said", ownersOf(rows[0]), ["Chloe Tanaka"]),
    equal(
      "every row is Done",
      rows.map(({ properties }) => properties["Status"]),
      ["Done", "Done", "Done"],
    ),
    equal("every issue is Done, with a resolution", issues.map(stateOf), [
      "Done: Done",
      "Done: Done",
      "Done: Done",
    ]),
    equal(
      "each row says that it is up to date",
      rows.filter((row) => !isUpToDate(row)).map(({ properties }) => properties["Sync"]),
      [],
    ),
    equal(
      "each issue leads back to its row and to the incident",
      issues.map(({ remoteLinks }) => remoteLinks.length),
      [2, 2, 2],
    ),
    equal(
      "the post-mortem's Sync counts them",
      page?.properties["Sync"],
      "Up to date. Action items: 0 open, 3 done.",
    ),
  ];
}

interface Pair {
  readonly row: PageView;
  readonly issue: IssueView | undefined;
}

function issueNamed(row: PageView, issues: readonly IssueView[]): IssueView | undefined {
  const { Jira: url } = row.properties;
  return issues.find(({ key }) => typeof url === "string" && url.endsWith(`/browse/${key}`));
}

/** What it says beyond that is no fault: that Jira gave the issue a priority where the row has none. */
function isUpToDate({ properties }: PageView): boolean {
  return String(properties["Sync"]).startsWith("Up to date.");
}

function ownersOf(row: PageView | undefined): unknown {
  return row?.properties["Owner"];
}

function stateOf({ status, resolution }: IssueView): string {
  return `${status.name}: ${resolution ?? "no resolution"}`;
}

function same(
  what: string,
  pairs: readonly Pair[],
  ...[ofRow, ofIssue]: [(row: PageView) => unknown, (issue: IssueView) => unknown]
): Check {
  const notion = pairs.map(({ row }) => ofRow(row));
  const jira = pairs.map(({ issue }) => (issue === undefined ? undefined : ofIssue(issue)));
  return equal(what, notion, jira);
}
