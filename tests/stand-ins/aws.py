"""A stand-in for S3 and bedrock-agent, for what moto cannot do: throttling, refusals, slowness, ingestion jobs.

Prints its port. Ends when its standard input does. The name of a bucket or knowledge base says how it behaves.
The answers have the shapes that AWS's documentation gives.
"""

import asyncio
import base64
import hashlib
import json
import re
import sys
import threading
import urllib.parse

XML = '<?xml version="1.0" encoding="UTF-8"?>'
OBJECTS = {}
SEEN = {}
LOG = []
RELEASED = asyncio.Event()


def refuse(status, code, message, **headers):
    body = f"{XML}<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, {"content-type": "application/xml", **headers}, body.encode()


def refuse_json(status, code, message):
    return status, {"x-amzn-errortype": code}, json.dumps({"message": message}).encode()


def quoted(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def listing(bucket, query):
    keys = sorted(OBJECTS.get(bucket, {}))
    after = query.get("continuation-token", [""])[0]
    left = [key for key in keys if key > after]
    page = left[:1000]
    more = len(left) > len(page)
    parts = [f"{XML}<ListBucketResult><Name>{bucket}</Name><IsTruncated>{str(more).lower()}</IsTruncated>"]
    if more:
        parts.append(f"<NextContinuationToken>{quoted(page[-1])}</NextContinuationToken>")
    for key in page:
        body = OBJECTS[bucket][key]
        # Where KMS encrypts, the ETag says nothing of the content.
        etag = "0123456789abcdef0123456789abcdef" if bucket == "kms" else hashlib.md5(body).hexdigest()
        parts.append(f"<Contents><Key>{quoted(key)}</Key><Size>{len(body)}</Size><ETag>&quot;{etag}&quot;</ETag></Contents>")
    parts.append("</ListBucketResult>")
    return 200, {"content-type": "application/xml"}, "".join(parts).encode()


async def s3(method, path, query, body):
    bucket, _, key = path.lstrip("/").partition("/")
    key = urllib.parse.unquote(key)
    is_list = method == "GET" and not key
    if bucket == "expired":
        return refuse(400, "ExpiredToken", "The provided token has expired.")
    if bucket == "unknown-key":
        return refuse(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
    if bucket == "elsewhere":
        return refuse(301, "PermanentRedirect", "Use the other endpoint.", **{"x-amz-bucket-region": "us-east-1"})
    if bucket == "missing":
        return refuse(404, "NoSuchBucket", "The specified bucket does not exist")
    if bucket == "unlisted" and is_list:
        return refuse(403, "AccessDenied", "Access Denied")
    if bucket == "denied" and not is_list:
        return refuse(403, "AccessDenied", "User: me is not authorized to perform: s3:PutObject")
    if bucket == "part-denied" and key == "b.md":
        return refuse(403, "AccessDenied", "Access Denied")
    if bucket == "throttled" and not is_list:
        SEEN[key] = SEEN.get(key, 0) + 1
        if SEEN[key] == 1:
            return refuse(503, "SlowDown", "Please reduce your request rate.")
        if SEEN[key] == 2 and key.startswith("twice"):
            return refuse(429, "TooManyRequests", "Too many requests")
    if bucket == "held" and method == "PUT" and key != "old.md":
        await RELEASED.wait()
    if bucket == "slow-parts" and method == "PUT":
        await asyncio.sleep(600)
    if is_list:
        return listing(bucket, query)
    if method == "POST" and "delete" in query:
        SEEN["deleted"] = SEEN.get("deleted", 0) + 1
        if SEEN["deleted"] > 1:
            await asyncio.sleep(600)
        for key in re.findall("<Key>(.*?)</Key>", body.decode()):
            OBJECTS[bucket].pop(key, None)
        return 200, {"content-type": "application/xml"}, f"{XML}<DeleteResult/>".encode()
    if method == "POST" and "uploads" in query:
        return 200, {}, f"{XML}<InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>".encode()
    if method == "DELETE" and "uploadId" in query:
        return 204, {}, b""
    if method == "PUT":
        OBJECTS.setdefault(bucket, {})[key] = body
        return 200, {"etag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
    if method in ("GET", "HEAD") and key in OBJECTS.get(bucket, {}):
        sha256 = base64.b64encode(hashlib.sha256(OBJECTS[bucket][key]).digest()).decode()
        return 200, {"x-amz-checksum-sha256": sha256}, OBJECTS[bucket][key]
    return refuse(404, "NoSuchKey", "The specified key does not exist.")


def job(base, source, name, status, counts=None, failures=()):
    found = {
        "knowledgeBaseId": base,
        "dataSourceId": source,
        "ingestionJobId": name,
        "status": status,
        "startedAt": "2026-11-24T10:00:00.123456Z",
        "updatedAt": "2026-11-24T10:01:30Z",
    }
    if counts:
        scanned, new, modified, deleted, failed = counts
        found["statistics"] = {
            "numberOfDocumentsScanned": scanned,
            "numberOfMetadataDocumentsScanned": 0,
            "numberOfNewDocumentsIndexed": new,
            "numberOfModifiedDocumentsIndexed": modified,
            "numberOfMetadataDocumentsModified": 0,
            "numberOfDocumentsDeleted": deleted,
            "numberOfDocumentsFailed": failed,
        }
    if failures:
        found["failureReasons"] = list(failures)
    return found


def bedrock(method, path, body):
    words = path.strip("/").split("/")
    base = words[1]
    answer = lambda value, status=200: (status, {"content-type": "application/json"}, json.dumps(value).encode())
    if base == "NOSUCHBASE":
        return refuse_json(404, "ResourceNotFoundException", "KnowledgeBase with id NOSUCHBASE does not exist")
    if base == "DENIEDBASE":
        return refuse_json(403, "AccessDeniedException", "User: me is not authorized to perform this action")
    if len(words) == 2:
        return answer({"knowledgeBase": {
            "knowledgeBaseId": base,
            "name": "copilot",
            "description": "What the Copilot reads",
            "knowledgeBaseArn": f"arn:aws:bedrock:eu-west-1:123456789012:knowledge-base/{base}",
            "roleArn": "arn:aws:iam::123456789012:role/kb",
            "knowledgeBaseConfiguration": {"type": "VECTOR"},
            "status": "ACTIVE",
            "createdAt": "2026-11-01T08:00:00Z",
            "updatedAt": "2026-11-02T09:30:00Z",
        }})
    if words[-1] == "datasources":
        sources = ["DSONE", "DSTWO"] if base == "TWOSOURCES" else ["DSONE"]
        if base == "NOSOURCE":
            sources = []
        return answer({"dataSourceSummaries": [
            {"knowledgeBaseId": base, "dataSourceId": source, "name": source, "status": "AVAILABLE", "updatedAt": "2026-11-01T08:00:00Z"}
            for source in sources
        ]})
    source = words[3]
    if words[-1] == "ingestionjobs" and method == "PUT":
        if base == "BUSYBASE":
            return refuse_json(409, "ConflictException", "There is an ongoing ingestion job")
        SEEN[base] = 0
        return answer({"ingestionJob": job(base, source, "JOBNEW", "STARTING")}, 202)
    if words[-1] == "ingestionjobs":
        asked = json.loads(body or b"{}")
        jobs = [job(base, source, f"JOB{number:03}", "COMPLETE", (number, 1, 2, 0, 0)) for number in range(30, 0, -1)]
        if base == "NOJOBS":
            jobs = []
        if asked.get("sortBy") != {"attribute": "STARTED_AT", "order": "DESCENDING"}:
            jobs.reverse()
        # As AWS may: fewer than were asked for.
        size = min(asked.get("maxResults", 10), 8)
        start = int(asked.get("nextToken", 0))
        found = {"ingestionJobSummaries": jobs[start:start + size]}
        if start + size < len(jobs):
            found["nextToken"] = str(start + size)
        return answer(found)
    SEEN[base] = SEEN.get(base, 0) + 1
    if SEEN[base] == 1 and base == "GOODBASE":
        return answer({"ingestionJob": job(base, source, words[-1], "IN_PROGRESS", (10, 3, 0, 0, 0))})
    if base == "BADBASE":
        return answer({"ingestionJob": job(base, source, words[-1], "FAILED", (10, 3, 0, 0, 7), ["The model may not be used"])})
    if base == "ENDLESS":
        return answer({"ingestionJob": job(base, source, words[-1], "IN_PROGRESS", (1, 0, 0, 0, 0))})
    return answer({"ingestionJob": job(base, source, words[-1], "COMPLETE", (12, 3, 2, 1, 0))})


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            method, target, _ = lines[0].split(" ")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
            if headers.get("expect") == "100-continue":
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if headers.get("transfer-encoding") == "chunked":
                # Only the tests themselves send this, and nothing in it.
                body = (await reader.readuntil(b"0\r\n\r\n"))[:-5]
            else:
                body = await reader.readexactly(int(headers.get("content-length", 0)))
            path, _, query = target.partition("?")
            if path == "/_log":
                status, extra, answer = 200, {}, "\n".join(LOG).encode()
            elif path == "/_release":
                RELEASED.set()
                status, extra, answer = 200, {}, b""
            else:
                LOG.append(f"{method} {target}")
                if path.startswith("/knowledgebases/"):
                    status, extra, answer = bedrock(method, path, body)
                else:
                    parsed = urllib.parse.parse_qs(query, keep_blank_values=True)
                    status, extra, answer = await s3(method, path, parsed, body)
            extra = "".join(f"{name}: {value}\r\n" for name, value in extra.items())
            head = f"HTTP/1.1 {status} X\r\n{extra}content-length: {len(answer)}\r\n\r\n"
            writer.write(head.encode() + (b"" if method == "HEAD" else answer))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()


asyncio.run(main())
