/** Comments are known again by their marker, and links are sent whole. */

import { describe, expect, it } from "vitest";
import {
  connect,
  issue,
  issueJson,
  notFound,
  ok,
  refusal,
  type Answers,
} from "../../../test/support/jira-server.ts";

describe("a comment", () => {
  const path = `issue/${issue}/comment`;

  it("is found again by its marker, wherever Jira keeps it", async () => {
    const comments: object[] = [];
    const answers: Answers = {
      [`POST ${path}`]: ({ body }) => {
        comments.unshift(body);
        return ok({ id: "1" }, 201);
      },
      [`GET ${path}`]: ({ query }) => {
        expect(query.get("orderBy")).toBe("-created");
        return ok({ comments, total: comments.length });
      },
    };
    await using t = await connect(answers);
    expect(await t.jira.hasComment(issue, "lost:title:1")).toBe(false);
    expect(await t.jira.addComment(issue, "Was: x", "lost:title:1")).toBe(true);
    expect(comments).toMatchObject([
      { properties: [{ key: "debrief.marker", value: { marker: "lost:title:1" } }] },
    ]);
    expect(await t.jira.hasComment(issue, "lost:title:1")).toBe(true);
    expect(await t.jira.hasComment(issue, "lost:title:2")).toBe(false);
    // Without properties in the listing, and with a text that was edited but for its end.
    const [comment] = comments;
    comments.splice(0, 1, { ...comment, properties: undefined });
    expect(await t.jira.hasComment(issue, "lost:title:1")).toBe(true);
    comments.splice(0, 1, { ...comment, body: { type: "doc", content: [] } });
    expect(await t.jira.hasComment(issue, "lost:title:1")).toBe(true);
  });

  it("is looked for among the newest 200 and no further", async () => {
    const comments = Array.from({ length: 100 }, () => ({ body: null }));
    await using t = await connect({ [`GET ${path}`]: ok({ comments, total: 5000 }) });
    expect(await t.jira.hasComment(issue, "x")).toBe(false);
    expect(t.server.requests.map(({ query }) => query.get("startAt"))).toEqual(["0", "100"]);
  });

  it("is not added where we may not, and that is told", async () => {
    await using t = await connect({ [`POST ${path}`]: refusal(403) });
    expect(await t.jira.addComment(issue, "x", "m")).toBe(false);
  });
});

describe("a remote link", () => {
  const path = `POST issue/${issue}/remotelink`;
  const link = { globalId: "g", url: "https://x.example/", title: "Page", relationship: "of" };

  it("is sent whole", async () => {
    await using t = await connect({ [path]: ok({ id: 1 }, 201) });
    expect(await t.jira.putRemoteLink(issue, link)).toBe(true);
    expect(t.server.requests[0]?.body).toEqual({
      globalId: "g",
      application: { type: "debrief", name: "Debrief" },
      relationship: "of",
      object: { url: "https://x.example/", title: "Page" },
    });
  });

  it("is false where links are not permitted or switched off", async () => {
    await using t = await connect({ [path]: refusal(403) });
    expect(await t.jira.putRemoteLink(issue, link)).toBe(false);
    const off = { [path]: refusal(404), [`GET issue/${issue}`]: ok(issueJson()) };
    await using other = await connect(off);
    expect(await other.jira.putRemoteLink(issue, link)).toBe(false);
  });

  it("is false for an address that Jira refuses", async () => {
    await using t = await connect({ [path]: refusal(400) });
    expect(await t.jira.putRemoteLink(issue, link)).toBe(false);
  });

  it("fails where the issue is gone", async () => {
    await using t = await connect({ [path]: notFound });
    await expect(t.jira.putRemoteLink(issue, link)).rejects.toMatchObject({
      code: "JIRA_ISSUE_MISSING",
    });
  });
});
