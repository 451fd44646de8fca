# The part of eng/bench.sh that compares reverse proxies; all of them forward to the same two small web servers.
# shellcheck shell=bash disable=SC2154 # eng/bench.sh has set the variables
one=127.0.0.1:$((base + 1)) two=127.0.0.1:$((base + 2))
page=$(head -c 1024 /dev/zero | tr '\0' x)

# nginx_config NAME SERVERS...: writes a configuration with these blocks.
nginx_config() {
    cat >"$folder/$1.conf" <<END
daemon off; pid $folder/$1.pid; error_log stderr warn; worker_processes 2;
events { worker_connections 1024; }
http { access_log off; keepalive_requests 1000000; ${*:2} }
END
}

# The servers behind the proxies.
nginx_config servers "server { listen $one; listen $two; location / { default_type text/plain; return 200 $page; } }"
start servers nginx -e stderr -c "$folder/servers.conf"
address[servers]=http://$one/
wait_for servers "${address[servers]}"

proxied="proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ''; proxy_set_header Host \$host;"
nginx_config nginx "upstream web { server $one; server $two; keepalive 64; }
    server { listen 127.0.0.1:$((base + 3)); location / { $proxied } }"
start nginx nginx -e stderr -c "$folder/nginx.conf"
address[nginx]=http://127.0.0.1:$((base + 3))/

# With what the shipped configuration does, as far as nginx has it: a JSON log, request IDs, forwarded headers, retries, limits.
nginx_config nginx-features "
    log_format json escape=json '{\"time\":\"\$time_iso8601\",\"client\":\"\$remote_addr\",\"method\":\"\$request_method\",'
        '\"path\":\"\$uri\",\"query\":\"\$args\",\"status\":\$status,\"bytes\":\$bytes_sent,\"server\":\"\$upstream_addr\",'
        '\"connect\":\"\$upstream_connect_time\",\"response\":\"\$upstream_response_time\",\"total\":\$request_time,'
        '\"trace_id\":\"\$request_id\"}';
    limit_conn_zone \$binary_remote_addr zone=clients:10m;
    upstream web { random two least_conn; server $one max_fails=5 fail_timeout=1s; server $two max_fails=5 fail_timeout=1s; keepalive 64; }
    server {
        listen 127.0.0.1:$((base + 4)); access_log $folder/nginx-features.access.log json;
        limit_conn clients 1000; client_max_body_size 10m;
        location / {
            $proxied proxy_set_header X-Forwarded-For \$remote_addr; proxy_set_header X-Forwarded-Proto \$scheme;
            proxy_set_header X-Forwarded-Host \$host; proxy_set_header X-Request-Id \$request_id;
            proxy_next_upstream error timeout invalid_header; proxy_next_upstream_tries 4; proxy_read_timeout 2s; proxy_connect_timeout 1s;
            add_header X-Served-By \$upstream_addr;
        }
    }"
start nginx-features nginx -e stderr -c "$folder/nginx-features.conf"
address[nginx-features]=http://127.0.0.1:$((base + 4))/

for name in yarp yarp-checks; do
    port=$((base + 5 + (${#name} > 4)))
    start "$name" env ASPNETCORE_URLS="http://127.0.0.1:$port" \
        dotnet "$folder/alternatives/alternatives.dll" "$name" "http://$one" "http://$two"
    address[$name]=http://127.0.0.1:$port/
done

image=${Images__HAProxy:-haproxy:3.4.0}
cat >"$folder/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 10s
frontend public
    bind 127.0.0.1:$((base + 7))
    default_backend web
backend web
    server web-1 $one
    server web-2 $two
END
# The shipped configuration as tests have approved it, on other ports.
sed -E "s/bind :(8080|8081|8404)$/bind 127.0.0.1:B\1/; s/B8080/$((base + 8))/; s/B8081/$((base + 9))/; s/B8404/$((base + 10))/" \
    ScaleUp.Tests/Unit/HAProxy/approved.cfg >"$folder/shipped.cfg"
for name in haproxy shipped; do
    start_container "$name" --env LB_NAME=lb-1 --env "WEB_1=$one" --env "WEB_2=$two" \
        --env "API_1=$one" --env "API_2=$two" --env "API_3=$two" \
        --volume "$folder/$name.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro" "$image"
done
address[haproxy]=http://127.0.0.1:$((base + 7))/
address[shipped]=http://127.0.0.1:$((base + 8))/

proxies=(haproxy shipped nginx nginx-features yarp yarp-checks)
for name in "${proxies[@]}"; do wait_for "$name" "${address[$name]}"; done
compare "Reverse proxies" 32 servers "µs of the servers" "${proxies[@]}"
