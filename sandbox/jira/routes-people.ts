/** People and the site itself: myself, permissions, users by search, and what can be assigned. */

import type { Answer } from "../core/router.ts";
import { refuse } from "./errors.ts";
import { canBrowse, findIssue, findProject, isAssignable, may, mayGlobally } from "./find.ts";
import type { GlobalPermission, Issue, Project, ProjectPermission, User, World } from "./model.ts";
import { renderUserWithEmail } from "./render.ts";
import {
  inV3,
  listParameter,
  pageOf,
  userOf,
  type Api,
  type Call,
  type CallHandler,
} from "./rest.ts";
import { formatTime } from "./time.ts";

// The assignable search looks at the first 1000 users only.
const assignableUsersMax = 1_000;

/** myself · serverInfo · webhook (refused) · mypermissions · user · user/search · user/bulk · user/assignable/search. */
export function peopleHandlers({ world }: Api): CallHandler[] {
  return [
    { method: "GET", path: "/myself", handle: (call) => myself(world, userOf(call)) },
    { method: "GET", path: "/serverInfo", isOpen: true, handle: () => serverInfo(world) },
    { method: "POST", path: "/webhook", handle: () => appsOnly() },
    { method: "GET", path: "/webhook", handle: () => appsOnly() },
    { method: "GET", path: "/mypermissions", handle: (call) => myPermissions(world, call) },
    { method: "GET", path: "/user", handle: (call) => getUser(world, call) },
    {
      method: "GET",
      path: "/user/search",
      isOpen: true,
      handle: (call) => searchUsers(world, call),
    },
    { method: "GET", path: "/user/bulk", handle: (call) => usersById(world, call) },
    {
      method: "GET",
      path: "/user/assignable/search",
      isOpen: true,
      handle: (call) => searchAssignable(world, call),
    },
  ];
}

function myself(world: World, user: User): Answer {
  const body = {
    ...renderUserWithEmail(inV3(world), user),
    // One's own address is never hidden.
    emailAddress: user.email,
    locale: "en_US",
    groups: { size: 1, items: [] },
    applicationRoles: { size: 1, items: [] },
    expand: "groups,applicationRoles",
  };
  return { status: 200, body };
}

/** Dynamic webhooks are for apps; API tokens are refused. */
function appsOnly(): never {
  return refuse(403, "Only Connect and OAuth 2.0 apps can use this operation.");
}

function serverInfo({ site, clock }: World): Answer {
  return {
    status: 200,
    body: {
      baseUrl: site.url,
      version: "1001.0.0-SNAPSHOT",
      versionNumbers: [1001, 0, 0],
      deploymentType: "Cloud",
      buildNumber: 100_290,
      buildDate: formatTime(new Date("2026-11-01T00:00:00Z"), site.timeZone),
      serverTime: formatTime(clock.now(), site.timeZone),
      scmInfo: "0000000000000000000000000000000000000000",
      serverTitle: site.name,
      defaultLocale: { locale: "en_US" },
      serverTimeZone: site.timeZone,
    },
  };
}

const projectPermissions: Readonly<Record<ProjectPermission, string>> = {
  BROWSE_PROJECTS: "Browse Projects",
  CREATE_ISSUES: "Create Issues",
  EDIT_ISSUES: "Edit Issues",
  TRANSITION_ISSUES: "Transition Issues",
  ASSIGN_ISSUES: "Assign Issues",
  ASSIGNABLE_USER: "Assignable User",
  LINK_ISSUES: "Link Issues",
  ADD_COMMENTS: "Add Comments",
  DELETE_ISSUES: "Delete Issues",
  MODIFY_REPORTER: "Modify Reporter",
  ADMINISTER_PROJECTS: "Administer Projects",
};
const globalPermissions: Readonly<Record<GlobalPermission, string>> = {
  USER_PICKER: "Browse users and groups",
  ADMINISTER: "Administer Jira",
};

function isProjectPermission(key: string): key is ProjectPermission {
  return Object.hasOwn(projectPermissions, key);
}

function isGlobalPermission(key: string): key is GlobalPermission {
  return Object.hasOwn(globalPermissions, key);
}

/** One unknown key fails the whole call. */
function myPermissions(world: World, call: Call): Answer {
  const keys = listParameter(call, "permissions") ?? [];
  if (keys.length === 0) {
    return refuse(400, "The 'permissions' query parameter is required.");
  }
  const place = placeOfPermissions(world, call);
  const entries = keys.map((key, index) => {
    if (!isProjectPermission(key) && !isGlobalPermission(key)) {
      return refuse(400, `Unrecognized permission: ${key}`);
    }
    const isProject = isProjectPermission(key);
    const havePermission = isProject
      ? mayIn(world, call.user, key, place)
      : mayGlobally(world, call.user, key);
    const name = isProject ? projectPermissions[key] : globalPermissions[key];
    const type = isProject ? "PROJECT" : "GLOBAL";
    return [key, { id: String(index + 1), key, name, type, description: "", havePermission }];
  });
  return { status: 200, body: { permissions: Object.fromEntries(entries) } };
}

/** Where it is asked: a project, an issue's project, or anywhere. A 404 for what cannot be seen. */
function placeOfPermissions(world: World, call: Call): Project | undefined {
  const { query } = call.request;
  const named = query.get("projectKey") ?? query.get("projectId");
  const issueName = query.get("issueKey") ?? query.get("issueId");
  if (issueName !== null) {
    const issue = findIssue(world, issueName);
    return issue !== undefined && canBrowse(world, call.user, issue)
      ? world.projects.get(issue.state.projectId)
      : refuse(404, "Issue does not exist or you do not have permission to see it.");
  }
  if (named === null) {
    return undefined;
  }
  const project = findProject(world, named);
  return project !== undefined && may(call.user, "BROWSE_PROJECTS", project)
    ? project
    : refuse(404, `No project could be found with key '${named}'.`);
}

/** Without a project: whether there is any project in which the caller may. */
function mayIn(
  world: World,
  user: User | undefined,
  key: ProjectPermission,
  place: Project | undefined,
): boolean {
  const projects = place === undefined ? [...world.projects.values()] : [place];
  return projects.some((one) => may(user, key, one));
}

function getUser(world: World, call: Call): Answer {
  const accountId = call.request.query.get("accountId");
  if (accountId === null) {
    return refuse(400, "The query parameter 'accountId' is required.");
  }
  const found = world.users.get(accountId);
  if (found === undefined || !mayGlobally(world, call.user, "USER_PICKER")) {
    return refuse(404, "Specified user does not exist or you do not have required permissions");
  }
  const more = { groups: { size: 1, items: [] }, applicationRoles: { size: 1, items: [] } };
  return { status: 200, body: { ...renderUserWithEmail(inV3(world), found), ...more } };
}

/** A bare array; empty, not 403, for who may not browse users. */
function searchUsers(world: World, call: Call): Answer {
  const { query } = call.request;
  const text = query.get("query");
  const accountId = query.get("accountId");
  if (text === null && accountId === null) {
    return refuse(400, "Either query or accountId or property must be provided.");
  }
  if (text !== null && accountId !== null) {
    return refuse(400, "Only one of query, accountId and property can be provided.");
  }
  const all = mayGlobally(world, call.user, "USER_PICKER") ? [...world.users.values()] : [];
  const found = all.filter((one) =>
    text === null ? one.accountId === accountId : matches(world, one, text),
  );
  return usersPage(world, call, found);
}

/** Words of the name and parts of the address that begin as the query does; hidden addresses match, too. */
function matches(world: World, user: User, text: string): boolean {
  const wanted = text.toLowerCase();
  const name = user.displayName.toLowerCase();
  const words = [name, ...name.split(/\s+/u), user.email.toLowerCase()];
  const isFuzzy = world.settings.fuzzyUserSearch && wanted.includes("@");
  const tokens = isFuzzy ? [wanted, wanted.split(/[.@]/u)[0] ?? wanted] : [wanted];
  return tokens.some((token) => words.some((word) => word.startsWith(token)));
}

function usersPage(world: World, call: Call, users: readonly User[]): Answer {
  const { page } = pageOf(call, users);
  return { status: 200, body: page.map((one) => renderUserWithEmail(inV3(world), one)) };
}

function usersById(world: World, call: Call): Answer {
  const ids = call.request.query.getAll("accountId");
  const all = ids.flatMap((id) => world.users.get(id) ?? []);
  const { page, startAt, maxResults } = pageOf(call, all, 10);
  const values = page.map((one) => renderUserWithEmail(inV3(world), one));
  const isLast = startAt + page.length >= all.length;
  const total = all.length;
  return { status: 200, body: { startAt, maxResults, total, isLast, values } };
}

/** By project or issue; apps, the deactivated and those without the permission are left out. */
function searchAssignable(world: World, call: Call): Answer {
  const { query } = call.request;
  const project = assignablePlace(world, call);
  const text = query.get("query");
  const accountId = query.get("accountId");
  const all = mayGlobally(world, call.user, "USER_PICKER")
    ? [...world.users.values()].slice(0, assignableUsersMax)
    : [];
  const found = all.filter(
    (one) =>
      isAssignable(one, project) &&
      (accountId === null || one.accountId === accountId) &&
      (text === null || matches(world, one, text)),
  );
  return usersPage(world, call, found);
}

function assignablePlace(world: World, call: Call): Project {
  const { query } = call.request;
  const issueName = query.get("issueKey") ?? query.get("issueId");
  const issue: Issue | undefined = issueName === null ? undefined : findIssue(world, issueName);
  const named = issue?.state.projectId ?? query.get("project");
  if (named === null) {
    return refuse(400, "Project or issue key is required.");
  }
  const project = findProject(world, named);
  return project !== undefined && may(call.user, "BROWSE_PROJECTS", project)
    ? project
    : refuse(404, `No project could be found with key '${named}'.`);
}
