/**
 * Webhook bodies. They are in the older representation of version 2: links below /rest/api/2/, and
 * descriptions and comments as wiki text.
 */

import type { Change, Fields, IssueLink, World } from "./model.ts";
import {
  renderComment,
  renderFields,
  renderIssue,
  renderUser,
  selfBase,
  type Rendering,
} from "./render.ts";
import { wikiTextOf } from "./wiki-text.ts";

/** The fields of the issue in a comment's webhook. */
const commentIssueFields = ["summary", "issuetype", "project", "assignee", "priority", "status"];

/** The whole body of a change, as compact JSON. It is the state right after the change. */
export function webhookBody(world: World, change: Change): string {
  const envelope = { timestamp: change.at.getTime(), webhookEvent: change.what };
  const rendering: Rendering = { world, api: 2, textOf: wikiTextOf };
  return JSON.stringify({ ...envelope, ...dataOf(rendering, change) });
}

function dataOf(rendering: Rendering, change: Change): Fields {
  switch (change.what) {
    case "comment_created":
    case "comment_updated":
    case "comment_deleted":
      return commentData(rendering, change);
    case "issuelink_created":
    case "issuelink_deleted":
      return change.link === undefined ? {} : { issueLink: linkData(rendering, change.link) };
    case "issue_property_set":
    case "issue_property_deleted":
      return {
        user: renderUser(rendering, change.actor),
        issue: identity(rendering, change),
        property: propertyData(rendering, change),
      };
    case "jira:issue_created":
    case "jira:issue_updated":
    case "jira:issue_deleted":
      return issueData(rendering, change);
  }
}

function issueData(rendering: Rendering, change: Change): Fields {
  const { eventTypeName, actor, issue, state, changelog } = change;
  return {
    ...(eventTypeName === undefined ? {} : { issue_event_type_name: eventTypeName }),
    user: renderUser(rendering, actor),
    issue: { ...identity(rendering, change), fields: renderFields(rendering, issue, state) },
    ...(changelog === undefined ? {} : { changelog }),
  };
}

function identity(rendering: Rendering, { issue, state }: Change): Fields {
  return { id: issue.id, self: `${selfBase(rendering)}/issue/${issue.id}`, key: state.key };
}

/** Without a user: who acted stands in the comment. */
function commentData(rendering: Rendering, change: Change): Fields {
  const { issue, state, comment } = change;
  const wanted = { fields: commentIssueFields, properties: [] };
  const { fields } = renderIssue(rendering, issue, state, wanted);
  return {
    ...(comment === undefined ? {} : { comment: renderComment(rendering, issue, comment) }),
    issue: { ...identity(rendering, change), fields },
  };
}

function propertyData(rendering: Rendering, { issue, property }: Change): Fields {
  const key = property?.key ?? "";
  const self = `${selfBase(rendering)}/issue/${issue.id}/properties/${encodeURIComponent(key)}`;
  return { self, key, value: property?.value };
}

function linkData({ world }: Rendering, link: IssueLink): Fields {
  const type = world.linkTypes.find(({ id }) => id === link.typeId);
  return {
    id: Number(link.id),
    sourceIssueId: Number(link.inwardIssueId),
    destinationIssueId: Number(link.outwardIssueId),
    issueLinkType: {
      id: Number(link.typeId),
      name: type?.name,
      outwardName: type?.outward,
      inwardName: type?.inward,
      isSubTaskLinkType: false,
      isSystemLinkType: false,
    },
    systemLink: false,
  };
}
