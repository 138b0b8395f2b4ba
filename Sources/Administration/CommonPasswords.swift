/// Passwords that attackers try first, of eight characters or more: shorter ones are refused for their length.
enum CommonPasswords {
    /// - Parameter text: ASCII letters in lower case.
    static func contains(_ text: [UInt8]) -> Bool { all.contains(text) }

    private static let all = Set(words.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0a }).map(Array.init))

    private static let words = #"""
        !@#$%^&* !qaz2wsx 00000000 01012000 0123456789 0987654321 11223344 1122334455 123123123 12341234 12344321
        1234512345 123454321 12345678 123456780 123456789 1234567890 12345679 123456aa 123456abc 123456qwe 12345qwert
        1234abcd 1234qwer 123abc123 123qweasd 147258369 159753456 1a2b3c4d 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz!qaz
        1qaz2wsx 1qaz2wsx3edc 1qaz@wsx 27182818 31415926 3141592654 741852963 789456123 87654321 963852741 987654321
        a1234567 a12345678 a123456789 a1b2c3d4 a1b2c3d4e5 aa123456 aa12345678 abc123!@# abc12345 abc123456 abcd1234
        abcd12345 abcde123 access12 access123 admin!23 admin123 admin1234 admin12345 admin123456 admin@123 adminadmin
        administrador administrator alejandro alexander alexandra amanda12 andrew12 anthony1 arsenal1 arsenal123
        asdf1234 asdfasdf asdfghjk asdfghjkl asdfqwer ashley12 asshole1 autumn2024 autumn2025 autumn2026 azerty12
        azerty123 azerty1234 azertyui azertyuiop babygirl babygirl1 backup123 barcelona baseball baseball1 basketball
        batman123 benjamin1 bienvenido bienvenue blessed1 blink182 bond0007 bonjour1 bonjour123 buchhaltung bullshit
        businesss butterfly butterfly1 changeit changeme changeme1 changeme123 changethis charlie1 charlie123 chelsea1
        chocolate chocolate1 christian cisco123 company1 company123 computer computer1 contrasena contrasena1 contraseña
        cookie123 correcthorse correcthorsebatterystaple corvette daniel12 daniel123 database1 debian123 december
        default1 default123 demo1234 demodemo demopass doudou12 dovecot1 dragon12 dragon123 dragonball elizabeth
        email123 emailpassword example1 facebook facebook1 facebook123 february fernando ferrari1 football football1
        football123 francesco freedom1 freedom123 friday13 fuckoff1 fuckyou1 fuckyou123 fussball gandalf1 geheim12
        geheim123 giovanni godisgood goodluck google123 guest123 guestguest hallo123 hallo1234 hallo12345 heaven12
        hello123 hello1234 hello12345 hellohello helloworld helpdesk1 hockey123 hostmaster hunter12 hunter123 iamadmin
        iamroot1 ichliebedich ilovegod iloveme1 iloveu12 iloveyou iloveyou1 iloveyou2 initial1 initial123 instagram
        internet internet1 internet123 isabella jamesbond jamesbond007 january1 jennifer jessica1 jesus123 jesuschrist
        jetaime1 jonathan jordan23 juventus kennwort kennwort1 killer12 killer123 letmein! letmein1 letmein123 letmein2
        letmeinnow letmepass linux123 liverpool liverpool1 login123 login1234 logmein1 loulou12 lovelove loveme12
        lover123 loveyou1 mail1234 mailadmin mailcow1 mailmail mailserver manager1 manager123 manchester manutd123
        master12 master123 masterkey matthew1 mercedes michael1 michael123 michelle microsoft minecraft minecraft1
        mnbvcxz1 monday123 monkey12 monkey123 moohoo12 moohoo123 motdepasse mustang1 mypassword mysql123 ncc1701d
        newpassword nicole12 nintendo nothing1 november office123 office365 openopen opensesame openup123 operator
        oracle123 p4ssw0rd p4ssword p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword pa$$w0rd pa$$word pa55word pass1234
        pass12345 pass123456 passcode passpass passpass1 passphrase passw0rd passw0rd1 password password! password1
        password1! password12 password123 password1234 password2020 password2021 password2022 password2023 password2024
        password2025 password2026 passwords passwort passwort1 passwort12 passwort123 passwort1234 patricia personal
        playstation poiuytrewq pokemon1 pokemon123 porsche1 postern1 postfix1 postgres postgres1 postmaster princess
        princess1 princess123 private1 private123 q1234567 q123456789 q1w2e3r4 q1w2e3r4t5 qazwsx123 qazwsxedc qq123456
        qwerty1! qwerty12 qwerty123 qwerty123! qwerty1234 qwerty12345 qwertyui qwertyuiop qwertyuiop123 qwertz12
        qwertz123 qwertzui qwertzuiop realmadrid robert12 rodrigo1 root1234 root12345 rootroot rush2112 samantha
        samantha1 sample123 samsung1 samsung123 schalke04 schatz123 sebastian secret12 secret123 secret1234
        securepassword security security1 sekretariat september server123 service1 service123 sexy1234 shadow12
        shadow123 soccer12 soccer123 softball sommer2024 sommer2025 sommer2026 spiderman spiderman1 spring2024
        spring2025 spring2026 start123 start1234 startrek startstart starwars starwars1 stephanie strawberry summer12
        summer123 summer2024 summer2025 summer2026 sunshine sunshine1 sunshine123 superman superman1 supersecret
        superuser support1 support123 sysadmin teamomucho temp1234 temporary temppass temppassword test1234 test12345
        test123456 tester123 testpass testpassword testtest testuser thepassword thomas12 thomas123 thx1138a toortoor
        topsecret trustno1 trustno1! trustnoone ubuntu123 user1234 username valentina veronica vertrieb1 victoria
        victoria1 wachtwoord webmail1 webmaster welcome! welcome1 welcome12 welcome123 welcome1234 welcome2024
        welcome2025 welcome2026 whatever whatever1 whatsapp william1 willkommen windows1 windows10 windows11 winter12
        winter123 winter2024 winter2025 winter2026 xxxxxxxx yamaha123 youtube1 zaq!2wsx zaq12wsx zaq1zaq1 zxcvasdf
        zxcvbnm1 zxcvbnm123 zz123456
        """#
}
