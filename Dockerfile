# Debrief in a container: production dependencies only, no root, nothing written outside /data.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Not `npm ci`: the lock may lack other platforms' optional binaries (docs/decisions).
# No install script is needed in production, so none runs.
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund

# The vendors' stand-ins, for trying Debrief without any account: docker build --target sandbox .
FROM node:24-bookworm-slim AS sandbox
ENV NODE_ENV=production SANDBOX_HOST=0.0.0.0
WORKDIR /app
# All that they need besides Node.
COPY --from=dependencies /app/node_modules/zod ./node_modules/zod
COPY package.json LICENSE ./
COPY sandbox ./sandbox
USER node
EXPOSE 4000 4001 4002 4003
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "Promise.all([4000,4001,4002].map(p=>fetch(`http://127.0.0.1:${p}/_sandbox/settings`))).then(a=>process.exit(a.every(r=>r.ok)?0:1),()=>process.exit(1))"]
CMD ["node", "sandbox/main.ts"]

FROM node:24-bookworm-slim AS service
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 STORE_URL=file:/data
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE openapi.yaml ./
COPY templates ./templates
COPY src ./src
# The embedded store lives here. With Redis nothing is written to it.
RUN mkdir -p /data && chown node:node /data && chmod 700 /data
VOLUME /data
USER node
EXPOSE 3000
# /readyz needs no token for its status; a draining or storeless service is not healthy.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# Node itself gets SIGTERM and drains; compose and Kubernetes give it 30 s for that.
# The small young generation keeps the idle process under 200 MB.
CMD ["node", "--max-semi-space-size=4", "src/main.ts"]
