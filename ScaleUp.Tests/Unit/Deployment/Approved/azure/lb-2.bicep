// Written by the AppHost from its topology; edit there, not here.
param location string = resourceGroup().location
param environmentId string
param environmentDomain string
param registryEndpoint string
param registryIdentityId string
param image string
@secure()
param statistics_key string

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'lb-2'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${registryIdentityId}': {}
    }
  }
  properties: {
    environmentId: environmentId
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: {
        external: true
        transport: 'http'
        targetPort: 8080
        // Inside, load balancers speak in clear text; visitors who do so are sent to the encrypted address.
        allowInsecure: false
        additionalPortMappings: [
          { external: false, targetPort: 8404, exposedPort: 8404 }
          { external: false, targetPort: 10000, exposedPort: 10000 }
          { external: false, targetPort: 8081, exposedPort: 8081 }
        ]
      }
      registries: [
        { server: registryEndpoint, identity: registryIdentityId }
      ]
      secrets: [
        { name: 'lb-statistics-key', value: statistics_key }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 45
      containers: [
        {
          name: 'lb-2'
          image: image
          resources: { cpu: json('0.25'), memory: '0.5Gi' }
          // Told to stop, it goes on for a while and then ends what it has. HAProxy does so on SIGUSR1; here SIGTERM may come, and to each process.
          command: ['sh', '-c', 'trap "" TERM; haproxy -db -f /usr/local/etc/haproxy/haproxy.cfg & trap "kill -USR1 $!" TERM USR1; while kill -0 $!; do wait $!; done 2>/dev/null']
          env: [
            { name: 'LB_NAME', value: 'lb-2' }
            { name: 'API', value: 'api.internal.${environmentDomain}:80' }
            { name: 'WEB', value: 'web.internal.${environmentDomain}:80' }
            { name: 'API_HOST', value: 'api.internal.${environmentDomain}' }
            { name: 'WEB_HOST', value: 'web.internal.${environmentDomain}' }
            { name: 'LB_1', value: 'lb-1:10000' }
            { name: 'LB_2', value: 'lb-2:10000' }
            { name: 'LB_STATISTICS_KEY', secretRef: 'lb-statistics-key' }
            { name: 'LB_ADDRESSES', value: 'shared' }
            { name: 'LB_FRONT_PROXIES', value: '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7' }
            { name: 'LB_GRACE', value: '10s' }
          ]
          probes: [
            { type: 'Readiness', httpGet: { path: '/ready', port: 8404 }, periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 2 }
            { type: 'Liveness', httpGet: { path: '/alive', port: 8404 }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }
          ]
        }
      ]
      scale: {
        minReplicas: 1
        maxReplicas: 1
      }
    }
  }
}
