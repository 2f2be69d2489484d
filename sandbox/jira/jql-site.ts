/** JQL on this site: its names, the facts of its issues, and a query prepared for one caller. */

import { findIssue, findProject, findUser } from "./find.ts";
import { parseJql } from "./jql.ts";
import type { Searchable, SiteNames } from "./jql-fields.ts";
import { matcherOf, type Matcher } from "./jql-match.ts";
import type { IssueState, StatusCategoryKey, User, World } from "./model.ts";

/** Numbers and English names of the categories; both work in queries. */
const categories: Readonly<Record<StatusCategoryKey, readonly [number: string, name: string]>> = {
  undefined: ["1", "no category"],
  new: ["2", "to do"],
  done: ["3", "done"],
  indeterminate: ["4", "in progress"],
};

/** What a query sees of an issue in this state. */
export function searchableOf(world: World, id: string, state: IssueState): Searchable {
  return {
    id,
    key: state.key,
    projectId: state.projectId,
    issueTypeId: state.issueTypeId,
    statusId: state.statusId,
    statusCategory: world.statuses.get(state.statusId)?.categoryKey ?? "undefined",
    resolutionId: state.resolutionId,
    priorityId: state.priorityId,
    assigneeId: state.assigneeId,
    reporterId: state.reporterId,
    labels: state.labels,
    summary: state.summary,
    dueDate: state.duedate,
    createdMs: state.createdAt.getTime(),
    updatedMs: state.updatedAt.getTime(),
  };
}

/** A query prepared for `user`; undefined is the anonymous caller. A JqlError when it is none. */
export function prepareJql(world: World, user: User | undefined, jql: string): Matcher {
  return matcherOf(parseJql(jql), {
    names: namesOf(world),
    now: world.clock.now(),
    timeZone: user?.timeZone ?? world.site.timeZone,
    currentUserId: user?.accountId,
  });
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The ids of those with this id or name; several things may share a name. */
function idsIn(all: Iterable<Named>, said: string): string[] {
  const name = said.toLowerCase();
  return [...all]
    .filter((one) => one.id === said || one.name.toLowerCase() === name)
    .map(({ id }) => id);
}

function namesOf(world: World): SiteNames {
  const projects = [...world.projects.values()];
  return {
    project(said) {
      const found = findProject(world, said);
      return found === undefined ? idsIn(projects, said) : [found.id];
    },
    status: (said) => idsIn(world.statuses.values(), said),
    statusCategory(said) {
      const name = said.toLowerCase();
      return Object.entries(categories)
        .filter(([key, names]) => key === name || names.includes(name))
        .map(([key]) => key);
    },
    issueType: (said) =>
      idsIn(
        projects.flatMap(({ issueTypes }) => issueTypes),
        said,
      ),
    resolution: (said) => idsIn(world.resolutions, said),
    priority: (said) => idsIn(world.priorities, said),
    user(said) {
      const found = findUser(world, said);
      return found === undefined ? [] : [found.accountId];
    },
    issue(said) {
      const found = findIssue(world, said);
      return found === undefined ? [] : [found.id];
    },
  };
}
