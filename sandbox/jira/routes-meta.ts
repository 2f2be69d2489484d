/** What projects and screens offer: createmeta, editmeta, projects, statuses and the site's lists. */

import type { Answer } from "../core/router.ts";
import { fieldEntry, fieldMeta, fieldsOfScreen, systemFields } from "./field-meta.ts";
import { problem, refuse } from "./errors.ts";
import { findProject, getStatus, may, projectOf } from "./find.ts";
import type { Fields, Project, World } from "./model.ts";
import { Refusal } from "../core/router.ts";
import {
  categoryKeys,
  renderCategory,
  renderIssueType,
  renderPriority,
  renderProject,
  renderResolution,
  renderStatus,
  renderUser,
  selfBase,
} from "./render.ts";
import { inV3, pageOf, requestedIssue, type Api, type Call, type CallHandler } from "./rest.ts";

/** createmeta · editmeta · project · statuses · priority · resolution · statuscategory · field. */
export function metaHandlers({ world }: Api): CallHandler[] {
  return [
    {
      method: "GET",
      path: "/issue/createmeta/:projectIdOrKey/issuetypes",
      handle: (call) => createMetaTypes(world, call),
    },
    {
      method: "GET",
      path: "/issue/createmeta/:projectIdOrKey/issuetypes/:issueTypeId",
      handle: (call) => createMetaFields(world, call),
    },
    {
      method: "GET",
      path: "/issue/:issueIdOrKey/editmeta",
      handle: (call) => editMeta(world, call),
    },
    ...projectHandlers(world),
    ...listHandlers(world),
  ];
}

/** 404 with an empty body, as createmeta answers what is not there. */
const nothing: Answer = { status: 404 };

function createMetaTypes(world: World, call: Call): Answer {
  const project = creatable(world, call);
  if (project === undefined) {
    return nothing;
  }
  const { page, startAt, maxResults } = pageOf(call, project.issueTypes);
  const issueTypes = page.map((type) => renderIssueType(inV3(world), type, project));
  const total = project.issueTypes.length;
  return { status: 200, body: { maxResults, startAt, total, issueTypes } };
}

function creatable(world: World, call: Call): Project | undefined {
  const project = findProject(world, call.param("projectIdOrKey"));
  return project !== undefined && may(call.user, "CREATE_ISSUES", project) ? project : undefined;
}

function createMetaFields(world: World, call: Call): Answer {
  const project = creatable(world, call);
  const type = project?.issueTypes.find(({ id }) => id === call.param("issueTypeId"));
  if (project === undefined || type === undefined) {
    return nothing;
  }
  const scope = { project, type, user: call.user };
  const always = ["issuetype", "project", "summary"];
  const all = fieldsOfScreen(world, project.createScreen, scope).map((id) => {
    const isRequired =
      always.includes(id) || project.required.has(id) || (id === "parent" && type.isSubtask);
    return fieldMeta(inV3(world), id, scope, isRequired);
  });
  const { page, startAt, maxResults } = pageOf(call, all);
  return { status: 200, body: { startAt, maxResults, total: all.length, fields: page } };
}

function editMeta(world: World, call: Call): Answer {
  const issue = requestedIssue(world, call);
  const project = projectOf(world, issue.state);
  const type = project.issueTypes.find(({ id }) => id === issue.state.issueTypeId);
  const scope = { project, type, user: call.user };
  const ids = may(call.user, "EDIT_ISSUES", project)
    ? fieldsOfScreen(world, project.editScreen, scope)
    : [];
  const fields = ids.map((id) => {
    const required = id === "summary" || project.required.has(id);
    return [id, fieldMeta(inV3(world), id, scope, required)] as const;
  });
  return { status: 200, body: { fields: Object.fromEntries(fields) } };
}

function projectHandlers(world: World): CallHandler[] {
  return [
    {
      method: "GET",
      path: "/project/search",
      handle(call) {
        const seen = [...world.projects.values()].filter((one) =>
          may(call.user, "BROWSE_PROJECTS", one),
        );
        return listed(world, call, seen, (one) => renderWhole(world, one));
      },
    },
    {
      method: "GET",
      path: "/project/:projectIdOrKey",
      isOpen: true,
      handle: (call) => ({ status: 200, body: renderWhole(world, requestedProject(world, call)) }),
    },
    {
      method: "GET",
      path: "/project/:projectIdOrKey/statuses",
      isOpen: true,
      handle: (call) => projectStatuses(world, call),
    },
  ];
}

function requestedProject(world: World, call: Call): Project {
  const named = call.param("projectIdOrKey");
  const project = findProject(world, named);
  return project !== undefined && may(call.user, "BROWSE_PROJECTS", project)
    ? project
    : refuse(404, `No project could be found with key '${named}'.`);
}

function renderWhole(world: World, project: Project): Fields {
  const rendering = inV3(world);
  const lead = world.users.get(project.leadId);
  const isTeam = project.style === "next-gen";
  return {
    expand: "description,lead,issueTypes,url,projectKeys,permissions,insight",
    ...renderProject(rendering, project),
    description: "",
    ...(lead === undefined ? {} : { lead: renderUser(rendering, lead) }),
    components: project.components.map(({ id, name }) => ({
      self: `${selfBase(rendering)}/component/${id}`,
      id,
      name,
    })),
    issueTypes: project.issueTypes.map((type) => renderIssueType(rendering, type, project)),
    assigneeType: "UNASSIGNED",
    versions: [],
    roles: {},
    style: project.style,
    isPrivate: false,
    properties: {},
    ...(isTeam ? { entityId: project.uuid, uuid: project.uuid } : {}),
  };
}

/** Each issue type with its statuses; all types of a project share them here. */
function projectStatuses(world: World, call: Call): Answer {
  const project = requestedProject(world, call);
  const rendering = inV3(world);
  const statuses = project.workflow.statusIds.map((id) =>
    renderStatus(rendering, getStatus(world, id)),
  );
  const body = project.issueTypes.map(({ id, name, isSubtask }) => ({
    self: `${selfBase(rendering)}/issuetype/${id}`,
    id,
    name,
    subtask: isSubtask,
    statuses,
  }));
  return { status: 200, body };
}

function listHandlers(world: World): CallHandler[] {
  const rendering = inV3(world);
  return [
    bare("/priority", () => world.priorities.map((one) => renderPriority(rendering, one))),
    bare("/resolution", () => world.resolutions.map((one) => renderResolution(rendering, one))),
    bare("/statuscategory", () => categoryKeys.map((key) => renderCategory(rendering, key))),
    bare("/status", () => [...world.statuses.values()].map((one) => renderStatus(rendering, one))),
    bare("/field", () =>
      [...Object.keys(systemFields), ...world.customFields.keys()].map((id) =>
        fieldEntry(world, id),
      ),
    ),
    {
      method: "GET",
      path: "/priority/search",
      handle: (call) =>
        listed(world, call, prioritiesFor(world, call), (one) => ({
          ...renderPriority(rendering, one),
          description: "",
          isDefault: one.id === "3",
          statusColor: one.color,
        })),
    },
    {
      method: "GET",
      path: "/resolution/search",
      handle: (call) =>
        listed(world, call, world.resolutions, (one) => ({
          ...renderResolution(rendering, one),
          isDefault: false,
        })),
    },
    {
      method: "GET",
      path: "/label",
      handle(call) {
        const seen = [...world.issues.values()].filter(({ state }) => !state.deleted);
        const labels = [...new Set(seen.flatMap(({ state }) => state.labels))].toSorted();
        return listed(world, call, labels, (one) => one);
      },
    },
  ];
}

function prioritiesFor(world: World, call: Call): World["priorities"] {
  const ids = call.request.query.getAll("id");
  return world.priorities.filter(({ id }) => ids.length === 0 || ids.includes(id));
}

/** A list without paging. */
function bare(path: string, list: () => readonly Fields[]): CallHandler {
  return { method: "GET", path, handle: () => ({ status: 200, body: list() }) };
}

/** A page in the envelope of Jira's newer lists. */
function listed<T>(
  world: World,
  call: Call,
  all: readonly T[],
  render: (one: T) => unknown,
): Answer {
  const { page, startAt, maxResults } = pageOf(call, all);
  if (maxResults < 1) {
    throw new Refusal(problem(400, "Bad Request", "maxResults must be at least 1."));
  }
  const total = all.length;
  const isLast = startAt + page.length >= total;
  const self = `${world.site.url}${call.request.path}?maxResults=${maxResults}&startAt=${startAt}`;
  const values = page.map((one) => render(one));
  return { status: 200, body: { self, maxResults, startAt, total, isLast, values } };
}
