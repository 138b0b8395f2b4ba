import Hummingbird
import Logging

/// Which page answers which path. Nothing is changed by a GET.
enum Routes {
    static func router(_ pages: Pages, origin: String, logger: Logger) -> Router<Visit> {
        let router = Router(context: Visit.self)
        router.addMiddleware {
            Frame(pages: pages)
            Entrance(origin: origin, logger: logger)
        }
        router.get("/") { _, _ in Response.redirect("/devices") }
        router.get("/style.css") { _, _ in Pages.file(PackageResources.style_css, "text/css; charset=utf-8") }
        router.get("/script.js") { _, _ in Pages.file(PackageResources.script_js, "text/javascript; charset=utf-8") }

        router.get("/sign-in") { pages.signInPage($0, $1) }
        router.post("/sign-in") { try await pages.signIn($0, $1) }
        router.get("/confirm") { try await pages.confirmPage($0, $1) }
        router.post("/confirm") { try await pages.confirm($0, $1) }
        router.post("/sign-out") { try await pages.signOut($0, $1) }

        router.get("/devices") { try await pages.devicesPage($0, $1) }
        router.get("/new") { try await pages.newPage($0, $1) }
        router.post("/new") { try await pages.create($0, $1) }
        router.post("/profile") { try await pages.profile($0, $1) }
        router.get("/devices/:id") { try await pages.devicePage($0, $1) }
        for form in Pages.DeviceForm.allCases {
            router.post("/devices/:id/\(form.rawValue)") { try await pages.change(form, $0, $1) }
        }
        router.post("/devices/:id/rotate") { try await pages.rotate($0, $1) }

        router.get("/second-factor") { try await pages.secondFactorPage($0, $1) }
        router.post("/second-factor/enrol") { try await pages.enrol($0, $1) }
        router.post("/second-factor/confirm") { try await pages.confirmEnrolment($0, $1) }
        router.post("/second-factor/codes") { try await pages.newCodes($0, $1) }
        router.post("/second-factor/remove") { try await pages.removeSecondFactor($0, $1) }

        router.get("/activity") { try await pages.activityPage($0, $1) }
        router.get("/activity.csv") { try await pages.activityPage($0, $1) }
        router.get("/password") { try await pages.passwordPage($0, $1) }
        router.post("/password") { try await pages.setPassword($0, $1) }
        router.post("/sessions/end") { try await pages.endSession($0, $1) }
        router.post("/sessions/end-others") { try await pages.endOtherSessions($0, $1) }
        router.get("/help") { try await pages.helpPage($0, $1) }
        return router
    }
}
