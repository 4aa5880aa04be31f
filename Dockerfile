# The tag names an exact Node version and Debian release. A digest would pin the bytes as well: add it
# ("@sha256:...") where the image is built with access to the registry.
FROM node:26.10.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# --omit=optional leaves out the Node binaries that the package carries for hosts with an older one.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
# The development certificates of the embedded mode are written here.
RUN mkdir /app/certs && chown 65532:65532 /app/certs
USER 65532:65532
# 8443: the webhook (HTTPS). 8080: /livez, /readyz and /metrics (plain HTTP).
EXPOSE 8443 8080
ENTRYPOINT ["node", "/app/src/cli/main.ts"]
CMD ["serve", "--manifests", "/manifests", "--listen", "0.0.0.0:8443", "--metrics-listen", "0.0.0.0:8080"]
