// Code samples of a request, in the languages of those who write clients. Each is a program's worth: paste and run it.
'use strict';

const TOKEN = 'TOKEN';

// A string as all these languages write it.
const escaped = (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
const quoted = (text) => JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped);

const read = (request) => {
    const headers = Object.entries(request.get('headers')?.toJS() ?? {});
    const body = request.get('body');
    return {
        method: request.get('method').toUpperCase(),
        url: request.get('url'),
        // Samples are passed on; the token is not.
        headers: headers.map(([name, value]) => [name, name === 'Authorization' ? `Bearer ${TOKEN}` : String(value)]),
        body: typeof body === 'string' ? body : undefined,
    };
};

const ofString = (body) => `ofString(${quoted(body)})`;
const mediaType = (value) => `System.Net.Http.Headers.MediaTypeHeaderValue.Parse(${quoted(value)})`;

const SAMPLES = {
    typescript: ({ method, url, headers, body }) => [
        `const answer = await fetch(${quoted(url)}, {`,
        `    method: ${quoted(method)},`,
        '    headers: {',
        ...headers.map(([name, value]) => `        ${quoted(name)}: ${quoted(value)},`),
        '    },',
        ...(body === undefined ? [] : [`    body: ${quoted(body)},`]),
        '});',
        'console.log(answer.status, await answer.text());',
    ],
    python: ({ method, url, headers, body }) => [
        'import urllib.error',
        'import urllib.request',
        '',
        'request = urllib.request.Request(',
        `    ${quoted(url)},`,
        `    method=${quoted(method)},`,
        '    headers={',
        ...headers.map(([name, value]) => `        ${quoted(name)}: ${quoted(value)},`),
        '    },',
        ...(body === undefined ? [] : [`    data=${quoted(body)}.encode(),`]),
        ')',
        'try:',
        '    answer = urllib.request.urlopen(request)',
        'except urllib.error.HTTPError as problem:',
        '    answer = problem',
        'print(answer.status, answer.read().decode())',
    ],
    java: ({ method, url, headers, body }) => [
        'import java.net.URI;',
        'import java.net.http.HttpClient;',
        'import java.net.http.HttpRequest;',
        'import java.net.http.HttpRequest.BodyPublishers;',
        'import java.net.http.HttpResponse.BodyHandlers;',
        '',
        'public class Sample {',
        '    public static void main(String[] arguments) throws Exception {',
        `        var request = HttpRequest.newBuilder(URI.create(${quoted(url)}))`,
        ...headers.map(([name, value]) => `            .header(${quoted(name)}, ${quoted(value)})`),
        `            .method(${quoted(method)}, BodyPublishers.${body === undefined ? 'noBody()' : ofString(body)})`,
        '            .build();',
        '        var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());',
        '        System.out.println(answer.statusCode() + " " + answer.body());',
        '    }',
        '}',
    ],
    csharp: ({ method, url, headers, body }) => [
        'using var client = new HttpClient();',
        `using var request = new HttpRequestMessage(new HttpMethod(${quoted(method)}), ${quoted(url)});`,
        ...(body === undefined ? [] : [`request.Content = new StringContent(${quoted(body)});`]),
        ...headers.map(([name, value]) =>
            name === 'Content-Type'
                ? `request.Content!.Headers.ContentType = ${mediaType(value)};`
                : `request.Headers.TryAddWithoutValidation(${quoted(name)}, ${quoted(value)});`,
        ),
        'using var answer = await client.SendAsync(request);',
        'Console.WriteLine($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");',
    ],
};

// As Swagger UI finds and shows them, beside its own for curl.
const requestSnippets = {
    defaultExpanded: true,
    generators: {
        curl_bash: { title: 'curl', syntax: 'bash' },
        typescript: { title: 'TypeScript', syntax: 'javascript' },
        python: { title: 'Python', syntax: 'python' },
        java: { title: 'Java', syntax: 'java' },
        csharp: { title: 'C#', syntax: 'csharp' },
    },
    languages: ['curl_bash', ...Object.keys(SAMPLES)],
};
const generator = ([name, sample]) => [
    `requestSnippetGenerator_${name}`,
    (request) => sample(read(request)).join('\n'),
];
const requestSnippetGenerators = Object.fromEntries(Object.entries(SAMPLES).map(generator));
