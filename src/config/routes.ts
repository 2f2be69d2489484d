/** Makes the routes: what debrief.yaml says of them over what the environment and the defaults give. */

import { winnersDefault, type DataSourceIds, type JiraRoute, type Route } from "../domain/route.ts";

/** What the environment gives a route that names nothing else. */
export interface RouteSurroundings {
  readonly notion: DataSourceIds;
  /** Undefined when all JIRA_ variables are unset. */
  readonly jira: { readonly project: string; readonly issueType: string } | undefined;
}

/** What a route does at Jira where nothing is said of it; the project comes from elsewhere. */
export const jiraDefaults: Omit<JiraRoute, "project" | "issueType"> = {
  labels: [],
  components: [],
  fields: {},
  priorities: { High: ["High", "Highest"], Medium: ["Medium"], Low: ["Low", "Lowest"] },
  statuses: {
    Open: { category: "new" },
    "In progress": { category: "indeterminate" },
    Done: { category: "done" },
    "Won't do": { category: "done", resolution: "Won't Do", needsReason: true },
  },
  ready: ["title", "owner", "due"],
  winners: winnersDefault,
  hopsMax: 1,
  transitionFields: { resolution: { name: "Done" } },
};

/** Gives the routes in order; the last one has no conditions. */
export function routesOf({ notion, jira }: RouteSurroundings): readonly Route[] {
  return [
    {
      name: "default",
      when: {},
      skip: false,
      notion,
      ...(jira === undefined ? {} : { jira: { ...jiraDefaults, ...jira } }),
    },
  ];
}
