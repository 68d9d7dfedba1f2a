// Starts Swagger UI on the contract, filters operations by any of their words, and fills in what a client would know: a
// new Idempotency-Key, the version that a change is based on, and the identifiers of what this page saw last.
'use strict';

const NEW_KEY = '"new-for-each-request"';
const PRESENT_VERSION = '"the-present-version"';
const LAST_SEEN = '00000000-0000-4000-8000-000000000000';
// The beneficiaries that the examples name.
const EXAMPLES = new Set();

// Each placeholder is a valid value where it stands, and is replaced when the request is sent.
const fillIn = (contract) => {
    for (const operation of Object.values(contract.paths).flatMap(Object.values)) {
        for (const parameter of operation.parameters ?? []) {
            const { name, required, schema } = parameter;
            if (required && name === 'Idempotency-Key') parameter.example = NEW_KEY;
            if (required && name === 'If-Match') parameter.example = PRESENT_VERSION;
            if (parameter.in === 'path' && schema?.format === 'uuid') parameter.example = LAST_SEEN;
        }
    }
    for (const [, id] of JSON.stringify(contract).matchAll(/"beneficiaryId":"([0-9a-f-]{36})"/g)) EXAMPLES.add(id);
    return contract;
};

// crypto.randomUUID exists on https and localhost only.
const newKey = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return `"${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}"`;
};

const ask = (url, request, method) => {
    const { Authorization } = request.headers;
    return fetch(url, { method, headers: Authorization ? { Authorization } : {}, cache: 'no-store' });
};

// A command such as …/submit acts on the version of what stands before it in the path.
const presentVersion = async (request) => {
    const url = request.method === 'POST' ? request.url.replace(/\/[^/]*$/, '') : request.url;
    const answer = await ask(url, request, 'HEAD');
    return (answer.ok && answer.headers.get('ETag')?.replace(/^W\//, '')) || PRESENT_VERSION;
};

const seen = (collection) => sessionStorage.getItem(new URL(collection, location).pathname);

// What was seen last in a collection, else the first that it lists.
const lastOf = async (collection, request) => {
    if (seen(collection)) return seen(collection);
    const answer = await ask(collection, request, 'GET');
    return (answer.ok && (await answer.json()).items?.[0]?.id) || LAST_SEEN;
};

const requestInterceptor = async (request) => {
    if (request.loadSpec) return request;
    const { headers } = request;
    const [collection, ...rest] = request.url.split(`/${LAST_SEEN}`);
    if (rest.length) request.url = `${collection}/${await lastOf(collection, request)}${rest.join(`/${LAST_SEEN}`)}`;
    if (headers['Idempotency-Key'] === NEW_KEY) headers['Idempotency-Key'] = newKey();
    if (headers['If-Match'] === PRESENT_VERSION) headers['If-Match'] = await presentVersion(request);
    if (typeof request.body === 'string' && headers['Content-Type'] === 'application/json') {
        let body = null;
        try {
            body = JSON.parse(request.body);
        } catch {
            // What is not JSON is sent as it was written.
        }
        if (body?.beneficiaryId && EXAMPLES.has(body.beneficiaryId)) {
            // A draft may do without; what may not is refused with the reason.
            body.beneficiaryId = seen('../../beneficiaries') ?? undefined;
            request.body = JSON.stringify(body, null, 2);
        }
    }
    return request;
};

const responseInterceptor = (response) => {
    const address = new URL(response.headers?.location ?? response.url, location);
    const found = /^(.*)\/([0-9a-f]{8}-[0-9a-f-]{27})$/.exec(address.pathname);
    if (response.ok && found) sessionStorage.setItem(found[1], found[2]);
    return response;
};

const holds = (words, tag) => (one) => {
    const operation = one.get('operation');
    const roles = operation.get('x-roles')?.join(' ');
    const names = ['operationId', 'summary'].map((name) => operation.get(name));
    const text = [tag, one.get('method'), one.get('path'), ...names, roles].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
};

// The filter of Swagger UI itself knows the names of groups only.
const ofInsula = ({ React }) => ({
    fn: {
        ...requestSnippetGenerators,
        opsFilter: (groups, phrase) => {
            const words = phrase.toLowerCase().split(/\s+/);
            const kept = groups.map((group, tag) => group.update('operations', (all) => all.filter(holds(words, tag))));
            return kept.filter((group) => group.get('operations').size > 0);
        },
    },
    statePlugins: {
        layout: {
            wrapActions: {
                updateFilter: (original, system) => (phrase) => {
                    for (const tag of system.specSelectors.taggedOperations().keys()) {
                        system.layoutActions.show(['operations-tag', tag], phrase !== '');
                    }
                    return original(phrase);
                },
            },
        },
    },
    components: {
        // There is one server, this one.
        ServersContainer: () => null,
        FilterContainer: ({ layoutSelectors, layoutActions }) => {
            const phrase = layoutSelectors.currentFilter();
            return React.createElement(
                'label',
                { className: 'operations-filter' },
                'Filter by path, words or role',
                React.createElement('input', {
                    type: 'search',
                    value: typeof phrase === 'string' && phrase !== 'true' ? phrase : '',
                    onChange: (event) => layoutActions.updateFilter(event.target.value),
                }),
            );
        },
    },
});

// What Swagger UI leaves without a name for those who do not see it.
const name = () => {
    const root = document.getElementById('swagger-ui');
    const names = { '.close-modal': 'Close', 'button:empty': 'Copy', textarea: 'Request body' };
    for (const [selector, label] of Object.entries(names)) {
        for (const one of root.querySelectorAll(selector)) one.ariaLabel ??= label;
    }
    for (const one of root.querySelectorAll('tr[data-param-name] :is(select, input, textarea)')) {
        one.ariaLabel = one.closest('tr').dataset.paramName;
    }
    for (const one of root.querySelectorAll('pre')) one.tabIndex = 0;
};

const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();

const start = async () => {
    new MutationObserver(name).observe(document.getElementById('swagger-ui'), { childList: true, subtree: true });
    const contract = await (await fetch('../openapi.json')).json();
    SwaggerUIBundle({
        dom_id: '#swagger-ui',
        spec: fillIn(contract),
        plugins: [ofInsula],
        requestInterceptor,
        responseInterceptor,
        filter: true,
        docExpansion: 'none',
        defaultModelsExpandDepth: 0,
        deepLinking: true,
        displayRequestDuration: true,
        persistAuthorization: true,
        tryItOutEnabled: true,
        requestSnippetsEnabled: true,
        requestSnippets,
        validatorUrl: 'none',
    });
};
start();
