/** What counts as an issue of our site, and what is refused. */

import { describe, expect, it } from "vitest";
import { parseIssueReference, projectOfKey } from "./issue-reference.ts";

const site = "https://acme.atlassian.net";

describe("parseIssueReference", () => {
  it.each([
    "OPS-12",
    " ops-12 ",
    "https://acme.atlassian.net/browse/OPS-12",
    "https://ACME.atlassian.net/browse/ops-12/",
    "https://acme.atlassian.net:443/browse/OPS-12",
    "https://acme.atlassian.net/browse/OPS-12?focusedCommentId=1#c",
    "acme.atlassian.net/browse/OPS-12",
    "https://acme.atlassian.net/jira/software/c/projects/OPS/boards/3?selectedIssue=OPS-12",
    "https://acme.atlassian.net/jira/core/projects/OPS/list?selectedIssue=OPS-12&x=1",
    "https://acme.atlassian.net/jira/software/c/projects/OPS/issues/OPS-12",
    "https://acme.atlassian.net/projects/OPS/issues/OPS-12?filter=all",
  ])("reads %j", (text) => {
    expect(parseIssueReference(text, site)).toBe("OPS-12");
  });

  it("takes the issue that is selected over the one behind it", () => {
    const text = `${site}/browse/OPS-1?selectedIssue=OPS-2`;
    expect(parseIssueReference(text, site)).toBe("OPS-2");
  });

  it.each([
    "",
    "to be made",
    "12",
    "OPS-0",
    "OPS-012",
    "OPS-",
    "1OPS-1",
    "OPS-1 OPS-2",
    "OPS-1/../../x",
    `${site}/`,
    `${site}/browse/`,
    `${site}/browse/OPS-1%20or%201=1`,
    `${site}/wiki/spaces/OPS-1`,
    "javascript:alert(1)//acme.atlassian.net/browse/OPS-1",
    "ftp://acme.atlassian.net/browse/OPS-1",
    "https://",
    `${site}/browse/OPS-1?${"x".repeat(3000)}`,
  ])("names no issue: %j", (text) => {
    expect(parseIssueReference(text, site)).toBeUndefined();
  });

  it.each<[string, string]>([
    ["https://other.atlassian.net/browse/OPS-1", "other.atlassian.net"],
    ["https://acme.atlassian.net@evil.example/browse/OPS-1", "evil.example"],
    ["https://acme.atlassian.net.evil.example/browse/OPS-1", "acme.atlassian.net.evil.example"],
    ["https://acme.atlassian.net:8443/browse/OPS-1", "acme.atlassian.net:8443"],
    ["evil.example/browse/OPS-1", "evil.example"],
    ["https://аcme.atlassian.net/browse/OPS-1", "xn--cme-5cd.atlassian.net"],
  ])("refuses another host: %j", (text, foreignHost) => {
    expect(parseIssueReference(text, site)).toEqual({ foreignHost });
  });

  it("knows a site below a path, and nothing beside it", () => {
    const below = "http://127.0.0.1:4002/jira/";
    expect(parseIssueReference("http://127.0.0.1:4002/jira/browse/OPS-1", below)).toBe("OPS-1");
    expect(parseIssueReference("http://127.0.0.1:4002/jirax/browse/OPS-1", below)).toBeUndefined();
  });
});

describe("projectOfKey", () => {
  it("gives the part before the number", () => {
    expect(projectOfKey("OPS_2-12")).toBe("OPS_2");
  });
});
