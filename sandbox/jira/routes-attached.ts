/** What hangs on an issue beside comments: entity properties, remote links, issue links, changelog. */

import { Refusal, type Answer } from "../core/router.ts";
import { isFields } from "./adf.ts";
import { readPropertyKey, requireEdit, requireNotArchived } from "./edit-rules.ts";
import { problem, refuse, refuseFields } from "./errors.ts";
import { canBrowse, findIssue, may, nextId, projectOf } from "./find.ts";
import type { Fields, Issue, RemoteLink, World } from "./model.ts";
import { renderUser, selfBase } from "./render.ts";
import {
  bodyOf,
  inV3,
  pageOf,
  requestedIssue,
  userOf,
  type Api,
  type Call,
  type CallHandler,
} from "./rest.ts";
import { formatTime } from "./time.ts";
import { deleteProperty, linkIssues, setProperty, unlinkIssues } from "./world.ts";

const propertyMax = 32_768;
const globalIdMax = 255;

/** properties · remotelink · POST, DELETE issueLink · issueLinkType · changelog. */
export function attachedHandlers({ world }: Api): CallHandler[] {
  return [
    ...propertyHandlers(world),
    ...remoteLinkHandlers(world),
    { method: "POST", path: "/issueLink", handle: (call) => linkTwo(world, call) },
    { method: "DELETE", path: "/issueLink/:linkId", handle: (call) => unlink(world, call) },
    {
      method: "GET",
      path: "/issueLinkType",
      handle: () => ({
        status: 200,
        body: {
          issueLinkTypes: world.linkTypes.map((type) => ({
            ...type,
            self: `${selfBase(inV3(world))}/issueLinkType/${type.id}`,
          })),
        },
      }),
    },
    {
      method: "GET",
      path: "/issue/:issueIdOrKey/changelog",
      isOpen: true,
      handle: (call) => changelog(world, call),
    },
  ];
}

function propertyHandlers(world: World): CallHandler[] {
  const path = "/issue/:issueIdOrKey/properties";
  const one = `${path}/:propertyKey`;
  return [
    {
      method: "GET",
      path,
      isOpen: true,
      handle(call) {
        const issue = requestedIssue(world, call);
        const base = `${selfBase(inV3(world))}/issue/${issue.id}/properties`;
        const keys = [...issue.properties.keys()].map((key) => ({
          self: `${base}/${encodeURIComponent(key)}`,
          key,
        }));
        return { status: 200, body: { keys } };
      },
    },
    {
      method: "GET",
      path: one,
      isOpen: true,
      handle(call) {
        const issue = requestedIssue(world, call);
        const key = call.param("propertyKey");
        return issue.properties.has(key)
          ? { status: 200, body: { key, value: issue.properties.get(key) } }
          : missingProperty(key);
      },
    },
    { method: "PUT", path: one, handle: (call) => putProperty(world, call) },
    {
      method: "DELETE",
      path: one,
      handle(call) {
        const issue = editable(world, call);
        const key = call.param("propertyKey");
        return deleteProperty(world, userOf(call), issue, key)
          ? { status: 204 }
          : missingProperty(key);
      },
    },
  ];
}

function missingProperty(key: string): never {
  return refuse(404, `The property with key '${key}' does not exist.`);
}

function editable(world: World, call: Call): Issue {
  const issue = requestedIssue(world, call);
  requireEdit(userOf(call), projectOf(world, issue.state), issue);
  return issue;
}

/** The whole body is the value, whatever JSON it is. */
function putProperty(world: World, call: Call): Answer {
  const issue = editable(world, call);
  const { body, rawBody } = call.request;
  const key = readPropertyKey(call.param("propertyKey"));
  if (rawBody.length === 0 || rawBody.toString("utf8").length > propertyMax) {
    refuse(400, `The property value must be valid JSON of 1 to ${propertyMax} characters.`);
  }
  const isNew = setProperty(world, userOf(call), issue, { key, value: body });
  return { status: isNew ? 201 : 200 };
}

function remoteLinkHandlers(world: World): CallHandler[] {
  const path = "/issue/:issueIdOrKey/remotelink";
  const one = `${path}/:linkId`;
  return [
    { method: "GET", path, isOpen: true, handle: (call) => listRemoteLinks(world, call) },
    { method: "POST", path, handle: (call) => upsertRemoteLink(world, call) },
    {
      method: "DELETE",
      path,
      handle(call) {
        const issue = linkable(world, call);
        const globalId = call.request.query.get("globalId") ?? refuse(400, "globalId is required");
        return dropRemoteLink(issue, (link) => link.globalId === globalId);
      },
    },
    {
      method: "GET",
      path: one,
      isOpen: true,
      handle(call) {
        const issue = requestedIssue(world, call);
        const found = issue.remoteLinks.find(({ id }) => String(id) === call.param("linkId"));
        return found === undefined
          ? missingLink()
          : { status: 200, body: renderRemoteLink(world, issue, found) };
      },
    },
    {
      method: "DELETE",
      path: one,
      handle(call) {
        const issue = linkable(world, call);
        return dropRemoteLink(issue, ({ id }) => String(id) === call.param("linkId"));
      },
    },
  ];
}

function missingLink(): never {
  return refuse(404, "The remote issue link does not exist.");
}

/** Needs the permission to link, and linking switched on for the site. */
function linkable(world: World, call: Call): Issue {
  const issue = requestedIssue(world, call);
  requireLinking(world, call, issue);
  requireNotArchived(issue);
  return issue;
}

function requireLinking(world: World, call: Call, issue: Issue): void {
  if (!world.settings.issueLinking) {
    refuse(403, "Issue linking is disabled.");
  }
  if (!may(call.user, "LINK_ISSUES", projectOf(world, issue.state))) {
    refuse(403, "You do not have permission to link issues in this project.");
  }
}

function dropRemoteLink(issue: Issue, isIt: (link: RemoteLink) => boolean): Answer {
  const index = issue.remoteLinks.findIndex(isIt);
  if (index === -1) {
    return missingLink();
  }
  issue.remoteLinks.splice(index, 1);
  return { status: 204 };
}

/** With `globalId` one object instead of an array. */
function listRemoteLinks(world: World, call: Call): Answer {
  const issue = requestedIssue(world, call);
  const globalId = call.request.query.get("globalId");
  const links = issue.remoteLinks.map((one) => renderRemoteLink(world, issue, one));
  if (globalId === null) {
    return { status: 200, body: links };
  }
  const found = links.find((one) => one["globalId"] === globalId);
  return found === undefined ? missingLink() : { status: 200, body: found };
}

function renderRemoteLink(world: World, issue: Issue, link: RemoteLink): Fields {
  const { id, globalId, application, relationship, object } = link;
  return {
    id,
    self: `${selfBase(inV3(world))}/issue/${issue.id}/remotelink/${id}`,
    ...(globalId === null ? {} : { globalId }),
    application: application ?? {},
    ...(relationship === null ? {} : { relationship }),
    object: { icon: {}, ...object, status: { icon: {}, ...statusOf(object) } },
  };
}

function statusOf(object: Fields): Fields {
  return isFields(object["status"]) ? object["status"] : {};
}

/** The same globalId overwrites: what is left out becomes null. */
function upsertRemoteLink(world: World, call: Call): Answer {
  const issue = linkable(world, call);
  const { globalId, application, relationship, object } = bodyOf(call);
  const { url, title } = isFields(object) ? object : {};
  const errors = {
    ...(isText(url) && URL.canParse(url) ? {} : { "object.url": "'url' is required." }),
    ...(isText(title) ? {} : { "object.title": "'title' is required." }),
    ...(isText(globalId) && globalId.length > globalIdMax
      ? { globalId: "'globalId' must be at most 255 characters." }
      : {}),
  };
  if (Object.keys(errors).length > 0 || !isFields(object)) {
    return refuseFields(errors);
  }
  const content = {
    application: isFields(application) ? application : null,
    relationship: isText(relationship) ? relationship : null,
    object,
  };
  const known = isText(globalId)
    ? issue.remoteLinks.find((one) => one.globalId === globalId)
    : undefined;
  const link = known ?? newRemoteLink(world, isText(globalId) ? globalId : null);
  Object.assign(link, content);
  if (known === undefined) {
    issue.remoteLinks.push(link);
  }
  const self = `${selfBase(inV3(world))}/issue/${issue.id}/remotelink/${link.id}`;
  return { status: known === undefined ? 201 : 200, body: { id: link.id, self } };
}

function newRemoteLink(world: World, globalId: string | null): RemoteLink {
  const id = Number(nextId(world, "remote link"));
  return { id, globalId, application: null, relationship: null, object: {} };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** 201 without a body. */
function linkTwo(world: World, call: Call): Answer {
  const user = userOf(call);
  const { type, inwardIssue, outwardIssue } = bodyOf(call);
  const { id, name } = isFields(type) ? type : {};
  const found = world.linkTypes.find((one) => one.id === id || one.name === name);
  if (found === undefined) {
    return refuse(404, `No issue link type with name '${String(name ?? id)}' found.`);
  }
  const [inward, outward] = [inwardIssue, outwardIssue].map((one) => linkEnd(world, call, one));
  if (inward === undefined || outward === undefined) {
    return refuse(404, "Issue does not exist or you do not have permission to see it.");
  }
  requireLinking(world, call, inward);
  linkIssues(world, user, {
    typeId: found.id,
    inwardIssueId: inward.id,
    outwardIssueId: outward.id,
  });
  return { status: 201 };
}

function unlink(world: World, call: Call): Answer {
  const found = world.links.find(({ id }) => id === call.param("linkId"));
  const issue = found === undefined ? undefined : world.issues.get(found.inwardIssueId);
  if (found === undefined || issue === undefined || !canBrowse(world, call.user, issue)) {
    return refuse(404, `No issue link with id '${call.param("linkId")}' exists.`);
  }
  requireLinking(world, call, issue);
  unlinkIssues(world, userOf(call), found);
  return { status: 204 };
}

function linkEnd(world: World, { user }: Call, named: unknown): Issue | undefined {
  const { id, key } = isFields(named) ? named : {};
  const which = id ?? key;
  const issue = typeof which === "string" ? findIssue(world, which) : undefined;
  return issue !== undefined && canBrowse(world, user, issue) ? issue : undefined;
}

function changelog(world: World, call: Call): Answer {
  const issue = requestedIssue(world, call);
  const { page, startAt, maxResults } = pageOf(call, issue.history, 100);
  if (startAt > issue.history.length) {
    throw new Refusal(problem(400, "Bad Request", "startAt is beyond the end."));
  }
  const rendering = inV3(world);
  const values = page.map(({ id, authorId, at, items }) => {
    const author = world.users.get(authorId);
    return {
      id,
      ...(author === undefined ? {} : { author: renderUser(rendering, author) }),
      created: formatTime(at, world.site.timeZone),
      items,
    };
  });
  const isLast = startAt + values.length >= issue.history.length;
  const self = `${selfBase(rendering)}/issue/${issue.id}/changelog?startAt=${startAt}`;
  const total = issue.history.length;
  return { status: 200, body: { self, maxResults, startAt, total, isLast, values } };
}
