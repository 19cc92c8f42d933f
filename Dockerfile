# Signet in a container. Build in the project's root: docker build -t signet .
# Run:  docker run -p 53:53/udp -p 53:53/tcp -v ./signet.yaml:/etc/signet/signet.yaml:ro -v signet:/var/lib/signet signet
# The configuration says `data: /var/lib/signet` and listens on "0.0.0.0:53" (or on a port above 1024 that is mapped to 53).

FROM node:26-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The Node.js of the image does; the optional packages are for machines without one. koffi needs no script.
RUN npm ci --omit=optional --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY bin bin
RUN npm run build && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:26-slim
LABEL org.opencontainers.image.title="Signet" \
      org.opencontainers.image.description="DNS server suite with DNSSEC at its centre" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production NODE_COMPILE_CACHE=/var/cache/signet
WORKDIR /opt/signet
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY --from=build /build/bin bin
COPY LICENSE README.md ./
RUN groupadd --system --gid 953 signet \
 && useradd --system --uid 953 --gid signet --home-dir /var/lib/signet --shell /usr/sbin/nologin signet \
 && install -d -o signet -g signet -m 0750 /var/lib/signet /var/cache/signet \
 && install -d -m 0755 /etc/signet \
 && ln -s /opt/signet/bin/signet.js /usr/local/bin/signet
# Containers may bind low ports without rights since Docker 20.10 (net.ipv4.ip_unprivileged_port_start=0).
USER signet
VOLUME /var/lib/signet
EXPOSE 53/udp 53/tcp 853/tcp 443/tcp
STOPSIGNAL SIGTERM
# Asks the server for its own state over the control socket in the data folder.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["signet", "stats", "--config", "/etc/signet/signet.yaml"]
ENTRYPOINT ["signet"]
CMD ["serve", "--config", "/etc/signet/signet.yaml"]
