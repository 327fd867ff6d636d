# shellcheck shell=bash
# Sourced at the root of the repository: installs test servers into target/servers, starts them on free ports of 127.0.0.1,
# and ends them with the script. Their data is in $work. Needs Go and openssl.
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
servers=$target/servers
work=$(mktemp -d ${TEST_FOLDER:+-p "$TEST_FOLDER"})
pids=()

# Go names no version in a program's file name.
install_go() { # NAME PACKAGE VERSION
    [ -e "$servers/$1-$3" ] && return
    echo "installing $1 $3" >&2
    CGO_ENABLED=0 GOBIN="$servers" go install "$2@$3"
    mv "$servers/$1" "$servers/$1-$3"
}

end() {
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT

# A port that nobody listens on, and that the system does not choose for a client.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# start NAME PORT COMMAND…: in the background, until it listens.
start() {
    local name=$1 port=$2
    shift 2
    "$@" >"$work/$name.log" 2>&1 &
    local pid=$!
    pids+=("$pid")
    for _ in $(seq 600); do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            return
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "$name does not listen:" >&2
    cat "$work/$name.log" >&2
    exit 1
}

# Starts versitygw (S3) twice, without and with TLS.
start_versitygw() {
    local version=v1.8.0
    install_go versitygw github.com/versity/versitygw/cmd/versitygw "$version"
    mkdir "$work/s3" "$work/s3-tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=plugwright-tests \
        -addext 'subjectAltName=IP:127.0.0.1' -addext 'basicConstraints=critical,CA:true' \
        -keyout "$work/tls.key" -out "$work/tls.pem" 2>/dev/null
    export TEST_VERSITYGW=$servers/versitygw-$version ROOT_ACCESS_KEY=plugwright ROOT_SECRET_KEY=plugwright-secret
    local port
    port=$(free_port)
    start versitygw "$port" "$TEST_VERSITYGW" --port "127.0.0.1:$port" posix "$work/s3"
    export TEST_S3="http://127.0.0.1:$port" TEST_S3_DATA=$work/s3 TEST_S3_PID=${pids[-1]}
    port=$(free_port)
    start versitygw-tls "$port" "$TEST_VERSITYGW" --port "127.0.0.1:$port" \
        --cert "$work/tls.pem" --key "$work/tls.key" posix "$work/s3-tls"
    export TEST_S3_TLS="https://127.0.0.1:$port" TEST_S3_TLS_CA=$work/tls.pem TEST_S3_TLS_KEY=$work/tls.key
    export TEST_S3_TLS_DATA=$work/s3-tls TEST_S3_TLS_PID=${pids[-1]}
    printf '[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n' "$ROOT_ACCESS_KEY" "$ROOT_SECRET_KEY" >"$work/cloud"
}
