# syntax=docker/dockerfile:1

FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
# Builds for a C library that is not this image's.
RUN rm -rf node_modules/@libsql/*-musl node_modules/@node-rs/*-musl
COPY deploy/bundle.ts ./deploy/
COPY schema ./schema
COPY src ./src
RUN node_modules/.bin/tsx deploy/bundle.ts
RUN mkdir data

# Of the image above, the program needs one file: node.
FROM debian:bookworm-20251229-slim
ENV NODE_ENV=production
ENV HOST=0.0.0.0
ENV PORT=4000
ENV STORE_URL=file:/data/latchkey.db
WORKDIR /app
COPY --from=build /usr/local/bin/node /usr/local/bin/
# Not in the bundle: what loads machine code, and the explorer's files.
COPY --from=build /app/node_modules/libsql ./node_modules/libsql
COPY --from=build /app/node_modules/@libsql ./node_modules/@libsql
COPY --from=build /app/node_modules/@neon-rs ./node_modules/@neon-rs
COPY --from=build /app/node_modules/detect-libc ./node_modules/detect-libc
COPY --from=build /app/node_modules/@node-rs ./node_modules/@node-rs
COPY --from=build /app/node_modules/altair-static/package.json ./node_modules/altair-static/
COPY --from=build /app/node_modules/altair-static/build/dist ./node_modules/altair-static/build/dist
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY schema ./schema
# All else is owned by root: the program cannot rewrite itself.
COPY --from=build --chown=1000:1000 /app/data /data
VOLUME /data
USER 1000:1000
EXPOSE 4000
STOPSIGNAL SIGTERM
# The image has no curl; 127.0.0.1 and not localhost, which may be ::1, where 0.0.0.0 does not listen.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
CMD ["serve"]
