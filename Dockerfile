# syntax=docker/dockerfile:1

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY schema ./schema
COPY src ./src
RUN npm run build -- --sourceMap false --declaration false
RUN mkdir data

FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
# What no program reads, and builds for a C library that is not this image's: a third of it.
RUN find node_modules -name '*.map' -delete -o -name '*.d.ts' -delete -o -name '*.d.[cm]ts' -delete
RUN rm -rf node_modules/@libsql/*-musl

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
ENV HOST=0.0.0.0
ENV PORT=4000
ENV STORE_URL=file:/data/latchkey.db
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY schema ./schema
# All else is owned by root: the program cannot rewrite itself.
COPY --from=build --chown=node:node /app/data /data
VOLUME /data
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
# The image has no curl; 127.0.0.1 and not localhost, which may be ::1, where 0.0.0.0 does not listen.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
