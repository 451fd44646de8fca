// Written by the AppHost from its topology; edit there, not here.
param location string = resourceGroup().location
param environmentId string
param registryEndpoint string
param registryIdentityId string
param image string
@secure()
param web_service_key string
@secure()
param statistics_key string

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  name: 'web'
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
        external: false
        transport: 'http'
        targetPort: 8080
        // Inside, load balancers speak in clear text; visitors who do so are sent to the encrypted address.
        allowInsecure: true
      }
      registries: [
        { server: registryEndpoint, identity: registryIdentityId }
      ]
      secrets: [
        { name: 'services--web--key', value: web_service_key }
        { name: 'operations--statisticskey', value: statistics_key }
      ]
    }
    template: {
      terminationGracePeriodSeconds: 45
      containers: [
        {
          name: 'web'
          image: image
          resources: { cpu: json('0.5'), memory: '1Gi' }
          env: [
            { name: 'OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY', value: 'in_memory' }
            { name: 'HTTP_PORTS', value: '8080' }
            { name: 'OTEL_SERVICE_NAME', value: 'web' }
            { name: 'services__api__http__0', value: 'http://lb-1:8081' }
            { name: 'services__api__http__1', value: 'http://lb-2:8081' }
            { name: 'Services__Web__Key', secretRef: 'services--web--key' }
            { name: 'Operations__StatisticsKey', secretRef: 'operations--statisticskey' }
            { name: 'TrustedProxies', value: '172.16.0.0/12;192.168.0.0/16;10.0.0.0/8;100.64.0.0/10;fc00::/7' }
            { name: 'Drain__Delay', value: '00:00:10' }
          ]
          probes: [
            { type: 'Startup', httpGet: { path: '/alive', port: 8080 }, periodSeconds: 6, timeoutSeconds: 1, failureThreshold: 10 }
            { type: 'Readiness', httpGet: { path: '/health', port: 8080 }, periodSeconds: 2, timeoutSeconds: 1, failureThreshold: 2 }
            { type: 'Liveness', httpGet: { path: '/alive', port: 8080 }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 }
          ]
        }
      ]
      scale: {
        minReplicas: 2
        maxReplicas: 2
      }
    }
  }
}
