import be.insula.client.ApiClient;
import be.insula.client.ApiException;
import be.insula.client.api.BeneficiariesApi;
import be.insula.client.api.EstablishmentsApi;
import be.insula.client.api.RegistrationCodesApi;
import be.insula.client.api.RegistrationsApi;
import be.insula.client.model.BeneficiaryIdentity;
import be.insula.client.model.FirstImplantation;
import be.insula.client.model.FirstImplantationContent;
import be.insula.client.model.FirstImplantationEntry;
import be.insula.client.model.Problem;
import be.insula.client.model.RegistrationCodeVerification;
import be.insula.client.model.RegistrationContentPatch;
import be.insula.client.model.RegistrationDraftPatch;
import be.insula.client.model.RegistrationEntry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Map;
import java.util.UUID;

/** The short story, played by the client generated for Java. Tokens and the address come from the environment. */
public final class Story {
    /** An operation of the client. */
    private interface Call {
        void run() throws ApiException;
    }

    private static ApiClient client(String role) {
        ApiClient client = new ApiClient();
        client.updateBaseUri(System.getenv("INSULA_URL"));
        String token = System.getenv(role);
        client.setRequestInterceptor(
                request -> request.header("Authorization", "Bearer " + token).header("Accept-Language", "de"));
        return client;
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not so: " + what);
        }
        System.out.println("ok " + what);
    }

    private static String key() {
        return '"' + UUID.randomUUID().toString() + '"';
    }

    private static LocalDate day(int ago) {
        return LocalDate.now().minusDays(ago);
    }

    private static Problem refused(ApiClient client, Call call) throws IOException {
        try {
            call.run();
        } catch (ApiException refusal) {
            return client.getObjectMapper().readValue(refusal.getResponseBody(), Problem.class);
        }
        throw new IllegalStateException("not refused");
    }

    public static void main(String[] arguments) throws Exception {
        ApiClient lead = client("STUDY_LEAD");
        RegistrationsApi registrations = new RegistrationsApi(lead);
        String niss = System.getenv("NISS");

        BeneficiaryIdentity identity =
                new BeneficiaryIdentity().niss(niss).lastName("Erfunden").firstName("Anna").insurerNumber("319");
        UUID beneficiary = new BeneficiariesApi(lead).createBeneficiary(key(), identity).getId();
        check(beneficiary != null, "a beneficiary is entered");

        FirstImplantationEntry entry = new FirstImplantationEntry()
                .type(FirstImplantationEntry.TypeEnum.FIRST_IMPLANTATION)
                .beneficiaryId(beneficiary)
                .content(new FirstImplantationContent().setting(FirstImplantationContent.SettingEnum.AMBULATORY));
        FirstImplantation draft =
                registrations.createRegistration(key(), new RegistrationEntry(entry)).getFirstImplantation();
        check(draft.getVersion() == 1, "a draft is created, of its own type");
        UUID id = draft.getId();

        Problem early = refused(lead, () -> registrations.submitRegistration(id, "\"1\"", key()));
        check(early.getStatus() == 400 && early.getIssues().size() > 5, "a submit names every fault");

        String content = """
                {
                  "responsiblePhysician": "10000106690",
                  "eventDate": "%s",
                  "setting": "ambulatory",
                  "nomenclaturePair": "174370-174381",
                  "diabetesType": "type1",
                  "diagnosisYear": 2010,
                  "therapy": "pump",
                  "severeHypoglycaemiasLast12Months": 1,
                  "hba1c": { "value": "7.2", "unit": "percent", "date": "%s" },
                  "devices": [
                    {
                      "kind": "sensor",
                      "model": "Eversense E3",
                      "udiDi": "00817870020003",
                      "serial": "S-1001",
                      "expiryDate": "%s",
                      "armSide": "left"
                    }
                  ]
                }
                """.formatted(day(30), day(37), day(-200));
        RegistrationDraftPatch patch = new RegistrationDraftPatch()
                .content(lead.getObjectMapper().readValue(content, RegistrationContentPatch.class));
        FirstImplantation complete = registrations.changeRegistration(id, "\"1\"", patch).getFirstImplantation();
        check(complete.getVersion() == 2, "a merge patch completes it");

        Problem stale = refused(lead, () -> registrations.submitRegistration(id, "\"1\"", key()));
        check(stale.getStatus() == 412, "a stale version is refused");

        String code = registrations.submitRegistration(id, "\"2\"", key()).getFirstImplantation().getCode();
        check(code.length() == 14, "a submit brings the registration code");

        RegistrationCodesApi codes = new RegistrationCodesApi(client("INSURER"));
        RegistrationCodeVerification question =
                new RegistrationCodeVerification().code(code).niss(niss).nomenclatureCode("174370").date(day(30));
        check(codes.verifyRegistrationCode(question) != null, "an insurer verifies the code");
        check(codes.listRegistrationCodeChanges(null, 1).getItems().size() == 1, "an insurer reads a page of the feed");

        // The generated function reads JSON; for the rest the client's HttpClient is at hand.
        ApiClient manager = client("DATA_MANAGER");
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(manager.getBaseUri() + "/codedRegistrations")).header("Accept", "text/csv");
        manager.getRequestInterceptor().accept(request);
        String csv = manager.getHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString()).body();
        check(csv.startsWith("technicalId"), "INAMI reads coded data as CSV");

        EstablishmentsApi establishments = new EstablishmentsApi(client("OFFICER"));
        Path plot = establishments
                .getStaffingPlot(null, null, null, null, null, null, Map.of("Accept", "image/svg+xml"))
                .toPath();
        check(Files.readString(plot).startsWith("<svg"), "a plot is drawn");
        Files.delete(plot);
    }
}
