/**
 * The part of jira.js that Debrief uses: flat functions that build requests, by operation. Imported file
 * by file, past the package's index, which would load every operation of Jira with all its schemas:
 * 79 MB of memory instead of 15 (measured with jira.js 6.2.0, whose version is pinned).
 */

export {
  addComment,
  getComments,
} from "../../../node_modules/jira.js/dist/cloud/api/issueComments.js";
export { searchPriorities } from "../../../node_modules/jira.js/dist/cloud/api/issuePriorities.js";
export { setIssueProperty } from "../../../node_modules/jira.js/dist/cloud/api/issueProperties.js";
export { createOrUpdateRemoteIssueLink } from "../../../node_modules/jira.js/dist/cloud/api/issueRemoteLinks.js";
export {
  createIssue,
  doTransition,
  editIssue,
  getCreateIssueMetaIssueTypeId,
  getCreateIssueMetaIssueTypes,
  getIssue,
  getTransitions,
} from "../../../node_modules/jira.js/dist/cloud/api/issues.js";
// Jira's own spelling, made readable.
export { searchAndReconsileIssuesUsingJqlPost as searchIssues } from "../../../node_modules/jira.js/dist/cloud/api/issueSearch.js";
export { getCurrentUser } from "../../../node_modules/jira.js/dist/cloud/api/myself.js";
export { getMyPermissions } from "../../../node_modules/jira.js/dist/cloud/api/permissions.js";
export {
  getAllStatuses,
  getProject,
} from "../../../node_modules/jira.js/dist/cloud/api/projects.js";
export { getServerInfo } from "../../../node_modules/jira.js/dist/cloud/api/serverInfo.js";
export { getUser } from "../../../node_modules/jira.js/dist/cloud/api/users.js";
export {
  findAssignableUsers,
  findUsers,
} from "../../../node_modules/jira.js/dist/cloud/api/userSearch.js";

export type { Client as SdkClient, SendRequestOptions as SdkRequest } from "jira.js/core";
