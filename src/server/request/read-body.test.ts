import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDomainError } from "../../modules/domain-error";
import { readBody } from "./read-body";

const MAX_BODY_BYTES = 64 * 1024;

function post(body: BodyInit | null, contentType?: string): Request {
  const headers: Record<string, string> = contentType === undefined ? {} : { "content-type": contentType };
  return new Request("http://localhost/", { method: "POST", body, headers });
}

async function codeOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
    return "read";
  } catch (error) {
    return isDomainError(error) ? error.code : `fault ${String(error)}`;
  }
}

const json = "application/json";
const urlencoded = "application/x-www-form-urlencoded";

describe("readBody", () => {
  it("gives back what JSON said, and names no form", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
        const text = JSON.stringify(value);
        expect(await readBody(post(text, `${json}; charset=utf-8`))).toEqual({
          value: JSON.parse(text),
          form: undefined,
        });
      }),
    );
  });

  it("gives back the fields of both kinds of form; captcha's members are written with a dot", async () => {
    const fields = { t: "ticket", "captcha.id": "1", "captcha.kind": "image", "captcha.answer": "ä & =" };
    const multipart = new FormData();
    for (const [name, value] of Object.entries(fields)) multipart.set(name, value);
    for (const request of [post(new URLSearchParams(fields).toString(), urlencoded), post(multipart)]) {
      const { value, form } = await readBody(request);
      expect(form).toEqual(fields);
      expect(value).toMatchObject({ t: "ticket", captcha: { id: "1", kind: "image", answer: "ä & =" } });
    }
  });

  it("the captcha's members may be written in brackets, or all of them as JSON", async () => {
    const captcha = { id: "1", kind: "pow", answer: "a[b]=" };
    const members = Object.entries(captcha);
    for (const fields of [
      members.map(([name, value]) => [`captcha[${name}]`, value]),
      [["captcha", JSON.stringify(captcha)]],
    ]) {
      const body = new URLSearchParams([["t", "ticket"], ...fields]).toString();
      expect((await readBody(post(body, urlencoded))).value).toMatchObject({ t: "ticket", captcha });
    }
    expect(await codeOf(readBody(post("captcha=%7B", urlencoded)))).toBe("invalid_request");
    expect((await readBody(post("captcha=text&captchaid=1", urlencoded))).value).toEqual({
      captcha: "text",
      captchaid: "1",
    });
  });

  it("no body is an empty object, whatever its type", async () => {
    for (const type of [undefined, json, urlencoded, "text/plain"]) {
      expect(await readBody(post(null, type))).toEqual({ value: {}, form: undefined });
      expect(await readBody(post("", type ?? json))).toEqual({ value: {}, form: undefined });
    }
  });

  it.each([
    ["text/plain", '{"a":1}', "unsupported_media_type"],
    ["text/plain; application/json", '{"a":1}', "unsupported_media_type"],
    ["application/jsonp", "{}", "unsupported_media_type"],
    ["", "{}", "unsupported_media_type"],
    [json, "{", "invalid_request"],
    [json, "\u0000", "invalid_request"],
    [urlencoded, "a=1&a=2", "invalid_request"],
    [urlencoded, "captcha.id=1&captcha.id=2", "invalid_request"],
    ["multipart/form-data", "x", "invalid_request"],
    ["multipart/form-data; boundary=b", "--b\r\nnonsense", "invalid_request"],
  ])("%s %j: %s", async (type, body, code) => {
    expect(await codeOf(readBody(post(body, type)))).toBe(code);
  });

  it("refuses text that is no UTF-8, a file in a form, and what is nested deeper than sixteen", async () => {
    const broken = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]);
    expect(await codeOf(readBody(post(broken, json)))).toBe("invalid_request");
    const file = new FormData();
    file.set("access_token", new Blob(["x"]), "x.txt");
    expect(await codeOf(readBody(post(file)))).toBe("invalid_request");
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(await codeOf(readBody(post(nested(16), json)))).toBe("read");
    expect(await codeOf(readBody(post(nested(17), json)))).toBe("invalid_request");
    expect(await codeOf(readBody(post(nested(30_000), json)))).toBe("invalid_request");
  });

  it("reads up to its bound and not a byte more, whatever length was declared", async () => {
    const sized = (size: number) => `"${"x".repeat(size - 2)}"`;
    expect(await codeOf(readBody(post(sized(MAX_BODY_BYTES), json)))).toBe("read");
    expect(await codeOf(readBody(post(sized(MAX_BODY_BYTES + 1), json)))).toBe("payload_too_large");
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new Uint8Array(8192));
      },
    });
    const streamed = new Request("http://localhost/", {
      method: "POST",
      headers: { "content-type": json, "content-length": "10" },
      body: endless,
      duplex: "half",
    } as RequestInit);
    expect(await codeOf(readBody(streamed))).toBe("payload_too_large");
    expect(sent).toBeLessThan(20);
  });

  it("a member called __proto__ reaches no prototype", async () => {
    await readBody(post("__proto__=1&captcha.__proto__=2&constructor=3", urlencoded));
    await readBody(
      post('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}', json),
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it("any bytes under any type are read or refused, never a fault", async () => {
    const type = fc.oneof(fc.constantFrom(json, urlencoded, "multipart/form-data; boundary=b"), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), type, async (bytes, contentType) => {
        fc.pre(!/[^\t\x20-\x7e]/.test(contentType));
        const code = await codeOf(readBody(post(Uint8Array.from(bytes), contentType)));
        expect(["read", "invalid_request", "unsupported_media_type"]).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});
